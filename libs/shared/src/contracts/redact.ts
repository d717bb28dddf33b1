const MASK = '***';
/** Shorter values could be ordinary words. */
const SHORTEST = 6;
/** The user part of a URL is always hidden, even if its password is unknown. */
const USERINFO = /(\b[a-z][a-z0-9+.-]{0,31}:\/\/)[^\s/?#@"']{1,4096}@/gi;

const known = new Set<string>();
let pattern: RegExp | null = null;

/** Makes `redact` hide these values, also in the forms that they take in URLs, JSON, base64 and hex. */
export function hideSecrets(values: Iterable<string>): void {
  for (const value of values) {
    if (value.length < SHORTEST) continue;
    for (const form of formsOf(value)) known.add(form);
  }
  // Longest first, so that a secret that starts with another secret is hidden completely.
  const sorted = [...known].sort((a, b) => b.length - a.length);
  pattern = sorted.length === 0 ? null : new RegExp(sorted.map(escape).join('|'), 'g');
}

/** Removes the secrets of the settings from text that leaves the process. */
export function redact(text: string): string {
  const hidden = pattern ? text.replace(pattern, MASK) : text;
  return hidden.includes('://') ? hidden.replace(USERINFO, `$1${MASK}@`) : hidden;
}

/** Redacts every string of a value that will be written as JSON. */
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
