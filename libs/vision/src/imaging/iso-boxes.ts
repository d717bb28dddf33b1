/** Reads the boxes of ISO media files (AVIF, HEIF, CR3, JPEG 2000). The files may be malicious: every loop advances. */

export interface Box {
  readonly type: string;
  /** Offsets of its content. */
  readonly start: number;
  readonly end: number;
}

/** The boxes between two offsets: length, type, content. Reading stops at what is no box. */
export function* boxes(bytes: Buffer, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to;) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    const short = bytes.readUInt32BE(at);
    const long = short === 1 && at + 16 <= to;
    const length = long ? Number(bytes.readBigUInt64BE(at + 8)) : short || to - at;
    const start = at + (long ? 16 : 8);
    // Without a valid type, or beyond the end, it is not a box.
    if (!/^[\w ©-]{4}$/.test(type) || at + length > to || at + length < start) return;
    at += length;
    yield { type, start, end: at };
  }
}

/** Brands of an `ftyp` box at the start of a file: size, 'ftyp', major, minor version, compatible, … */
export function brands(head: Buffer): string[] {
  if (head.toString('latin1', 4, 8) !== 'ftyp') return [];
  const end = Math.min(head.readUInt32BE(0), head.length);
  const found = [head.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) found.push(head.toString('latin1', at, at + 4));
  return found;
}

/** Containers of the table of sample sizes of a track. */
const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);

/** Number of samples of the longest track of a file. One sample is one frame. */
export function longestTrack(bytes: Buffer, from: number, to: number): number {
  let most = 0;
  for (const box of boxes(bytes, from, to)) {
    if (CONTAINERS.has(box.type)) most = Math.max(most, longestTrack(bytes, box.start, box.end));
    // Version and flags (4 bytes), common sample size or 0 (4 bytes), number of samples (4 bytes).
    if (box.type === 'stsz' && box.end - box.start >= 12) {
      most = Math.max(most, bytes.readUInt32BE(box.start + 8));
    }
  }
  return most;
}
