/** `1339518083.107412 [0 127.0.0.1:60866] "keys" "*"`, or `[0 lua]` for what a script runs. */
const LINE = /^\+?\d+\.\d+ \[\d+ ([^\]]+)\] /;
const WORD = /"((?:[^"\\]|\\.)*)"/g;
const ESCAPED = /\\(x[0-9a-f]{2}|.)/g;

const CONTROL: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
};

/**
 * The command of one line of MONITOR, byte for byte; null for what a script ran and for what is no command.
 * https://redis.io/docs/latest/commands/monitor/, escapes as of Redis' sdscatrepr.
 */
export function parseMonitorLine(line: string): Buffer[] | null {
  const head = LINE.exec(line);
  if (!head || head[1] === 'lua') return null;
  return [...line.slice(head[0].length).matchAll(WORD)].map(([, word]) =>
    Buffer.from(unescape(word!), 'latin1'),
  );
}

function unescape(word: string): string {
  if (!word.includes('\\')) return word;
  return word.replaceAll(ESCAPED, (_, escape: string) =>
    escape.length === 3
      ? String.fromCharCode(parseInt(escape.slice(1), 16))
      : (CONTROL[escape] ?? escape),
  );
}
