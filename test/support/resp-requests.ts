/** One command of a client, and its original bytes. */
export interface RespRequest {
  readonly words: readonly string[];
  readonly bytes: Buffer;
}

/** Splits the data of a Redis client (RESP arrays of bulk strings) into commands, for any division into chunks. */
export class RespRequests {
  private rest: Buffer = Buffer.alloc(0);

  /** @returns the commands that are now complete */
  take(chunk: Buffer): RespRequest[] {
    this.rest = Buffer.concat([this.rest, chunk]);
    const found: RespRequest[] = [];
    for (let next = parse(this.rest); next; next = parse(this.rest)) {
      found.push(next);
      this.rest = this.rest.subarray(next.bytes.length);
    }
    return found;
  }
}

function parse(bytes: Buffer): RespRequest | null {
  let at = 0;
  const number = (type: string): number | null => {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return null;
    if (bytes.toString('latin1', at, at + 1) !== type) throw new Error(`no RESP ${type} at ${at}`);
    const value = Number(bytes.toString('latin1', at + 1, end));
    at = end + 2;
    return value;
  };
  const count = number('*');
  if (count === null) return null;
  const words: string[] = [];
  while (words.length < count) {
    const length = number('$');
    if (length === null || bytes.length < at + length + 2) return null;
    words.push(bytes.toString('utf8', at, at + length));
    at += length + 2;
  }
  return { words, bytes: bytes.subarray(0, at) };
}
