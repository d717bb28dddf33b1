import { type FileStructure } from './file-structure.js';

interface Box {
  readonly type: string;
  /** Where its content starts and ends. */
  readonly start: number;
  readonly end: number;
}

/** Boxes on the way to a track's table of sample sizes: one sample is one frame. */
const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);

/** An AVIF is boxes of length, type and content; a moving one has a track whose tables count its frames. */
export function readAvifStructure(bytes: Buffer): FileStructure {
  let end = 0;
  let frames = 1;
  for (const box of boxes(bytes, 0, bytes.length)) {
    end = box.end;
    if (CONTAINERS.has(box.type)) frames = Math.max(frames, samples(bytes, box));
  }
  return { frames, metadataBytes: 0, metadataParts: 0, end: end || bytes.length };
}

/** Frames of the longest track in a box. */
function samples(bytes: Buffer, within: Box): number {
  let most = 0;
  for (const box of boxes(bytes, within.start, within.end)) {
    if (CONTAINERS.has(box.type)) most = Math.max(most, samples(bytes, box));
    // Version and flags, the size of all samples or 0, then how many there are.
    if (box.type === 'stsz' && box.end - box.start >= 12) {
      most = Math.max(most, bytes.readUInt32BE(box.start + 8));
    }
  }
  return most;
}

function* boxes(bytes: Buffer, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to;) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    const short = bytes.readUInt32BE(at);
    const long = short === 1 && at + 16 <= to;
    const length = long ? Number(bytes.readBigUInt64BE(at + 8)) : short || to - at;
    const start = at + (long ? 16 : 8);
    // What has no name or does not fit is no box.
    if (!/^[\w ©-]{4}$/.test(type) || at + length > to || at + length < start) return;
    at += length;
    yield { type, start, end: at };
  }
}
