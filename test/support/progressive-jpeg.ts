const MAX_RUN_BITS = 14;
const COEFFICIENTS = 63;
/** Bits of a coefficient that a scan can send one by one. */
const BITS = 14;

/**
 * A grey progressive JPEG without any detail, whose scans each send one bit of one coefficient: a scan takes
 * some hundred bytes, and a pass over all pixels to decode.
 * @param scans at most 883
 */
export function progressiveJpeg(width: number, height: number, scans: number): Buffer {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const parts = [
    [0xff, 0xd8],
    segment(0xdb, [0, ...Array<number>(64).fill(1)]),
    segment(0xc2, [8, ...size, 1, 1, 0x11, 0]),
    // One code of one bit per table: a difference of 0, and a run of up to 32767 empty blocks.
    segment(0xc4, [0x00, 1, ...Array<number>(15).fill(0), 0]),
    segment(0xc4, [0x10, 1, ...Array<number>(15).fill(0), MAX_RUN_BITS << 4]),
    segment(0xda, [1, 1, 0x00, 0, 0, 0]),
  ].map((bytes): Buffer => Buffer.from(bytes));
  parts.push(Buffer.alloc(Math.ceil(blocks / 8)));
  const runs = stuffed(packed(Math.ceil(blocks / (2 ** (MAX_RUN_BITS + 1) - 1))));
  for (let index = 0; index < Math.min(scans - 1, COEFFICIENTS * BITS); index++) {
    const coefficient = 1 + Math.floor(index / BITS);
    const low = BITS - 1 - (index % BITS);
    const high = low === BITS - 1 ? 0 : low + 1;
    parts.push(Buffer.from(segment(0xda, [1, 1, 0, coefficient, coefficient, (high << 4) | low])));
    parts.push(runs);
  }
  return Buffer.concat([...parts, Buffer.from([0xff, 0xd9])]);
}

function segment(marker: number, content: readonly number[]): number[] {
  const length = content.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...content];
}

/** Codes of longest runs: a zero, then 14 ones. */
function packed(codes: number): Buffer {
  const bits = '011111111111111'.repeat(codes);
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = parseInt(bits.slice(at * 8, at * 8 + 8).padEnd(8, '0'), 2);
  }
  return bytes;
}

/** FF in compressed data is followed by 00. */
function stuffed(bytes: Buffer): Buffer {
  return Buffer.from([...bytes].flatMap((byte) => (byte === 0xff ? [byte, 0] : [byte])));
}
