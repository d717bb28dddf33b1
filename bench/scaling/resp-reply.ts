/**
 * Length of the reply at `from`, bytes, in RESP 2.
 * @returns null when it is not whole yet
 */
export function replyLength(bytes: Buffer, from = 0): number | null {
  let at = from;
  for (let left = 1; left > 0; left--) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return null;
    const kind = String.fromCharCode(bytes[at]!);
    const number = () => Number(bytes.toString('latin1', at + 1, end));
    if (kind === '*') left += Math.max(0, number());
    const body = kind === '$' ? number() : -1;
    at = end + 2 + (body < 0 ? 0 : body + 2);
    if (at > bytes.length) return null;
  }
  return at - from;
}
