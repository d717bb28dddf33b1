const MASK = '***';
/** A shorter one is as likely to be an ordinary word. */
const SHORTEST = 6;
/** The userinfo of a URL is hidden whether or not its password is known. */
const USERINFO = /(\b[a-z][a-z0-9+.-]{0,31}:\/\/)[^\s/?#@"']{1,4096}@/gi;

const known = new Set<string>();
let pattern: RegExp | null = null;

/** From now on `redact` hides these, and what they look like in URLs, JSON and base64. */
export function hideSecrets(values: Iterable<string>): void {
  for (const value of values) {
    if (value.length < SHORTEST) continue;
    for (const form of formsOf(value)) known.add(form);
  }
  // The longest first: a secret that begins with another one is hidden whole.
  const sorted = [...known].sort((a, b) => b.length - a.length);
  pattern = sorted.length === 0 ? null : new RegExp(sorted.map(escape).join('|'), 'g');
}

/** Text that may leave the process: without the secrets of its settings. */
export function redact(text: string): string {
  const hidden = pattern ? text.replace(pattern, MASK) : text;
  return hidden.includes('://') ? hidden.replace(USERINFO, `$1${MASK}@`) : hidden;
}

/** The same for each text of a value that will be written as JSON. */
export function redactJson<T>(value: T): T {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined || redact(text) === text) return value;
  const hide = (_: string, part: unknown) => (typeof part === 'string' ? redact(part) : part);
  return JSON.parse(text, hide) as T;
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    encodeURIComponent(bytes.toString()),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
