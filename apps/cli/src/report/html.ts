/** Markup that is safe to put into a page. */
export class Html {
  constructor(readonly text: string) {}
}

type Value = string | number | Html | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Template tag. Escapes each value for text and for quoted attributes, unless the value is Html. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  const rest = values.map((value, index) => render(value) + parts[index + 1]!);
  return new Html(parts[0]! + rest.join(''));
}

function render(value: Value): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escape(value);
  return value.map((part) => part.text).join('');
}

/** Also makes control characters visible, because file names may contain newlines. */
function escape(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
    .replace(/\n/g, '␤')
    .replace(/[\p{Cc}\p{Cs}\p{Bidi_C}]/gu, '�');
}
