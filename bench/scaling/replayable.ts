/**
 * What a connection says about itself and what goes by the clock, not by the images; and XREAD, whose ids
 * are of the recorded server's clock: it would read whole streams.
 */
const LEFT_OUT = new Set([
  'auth',
  'client',
  'command',
  'config',
  'echo',
  'hello',
  'info',
  'monitor',
  'ping',
  'quit',
  'select',
  'xread',
]);

/**
 * A recorded command as one connection can send it after the others: what would block takes at once what
 * is there. A marker that a worker would have waited for is then left in its set, where the next one is the
 * same.
 * @returns null for a command that is left out
 */
export function replayable(words: readonly Buffer[]): Buffer[] | null {
  const name = words[0]!.toString().toLowerCase();
  if (LEFT_OUT.has(name)) return null;
  if (name === 'bzpopmin') return [Buffer.from('zpopmin'), words[1]!];
  if (name !== 'xreadgroup') return [...words];
  const block = words.findIndex((word) => word.toString().toLowerCase() === 'block');
  return block < 0 ? [...words] : words.filter((_, i) => i !== block && i !== block + 1);
}

/** As a client sends it. */
export function encodeCommand(words: readonly Buffer[]): Buffer {
  const parts = words.flatMap((word) => [
    Buffer.from(`$${word.length}\r\n`),
    word,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts]);
}
