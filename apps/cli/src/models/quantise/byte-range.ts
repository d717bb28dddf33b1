import { type ValueHistogram } from './value-histogram.js';

/** How bytes stand for real numbers: (byte − zeroPoint) · scale. */
export interface ByteRange {
  /** A float32. */
  readonly scale: number;
  readonly zeroPoint: number;
}

const STEPS = 255;
/** Shares of the whole range that are tried: what lies beyond is clipped. */
const SHARES = Array.from({ length: 41 }, (_, index) => 1 - index / 80);

/** The range from `least` to `most`; 0, which padding and ReLU give, is in it and exact. */
export function byteRange(least: number, most: number): ByteRange {
  const low = Math.min(0, least);
  const scale = Math.fround((Math.max(0, most) - low) / STEPS) || 1;
  return { scale, zeroPoint: Math.round((0 - low) / scale) };
}

/**
 * The range that loses least, in mean squared error: a few extreme values are clipped where all others
 * get finer steps for it.
 */
export function bestByteRange(values: ValueHistogram): ByteRange {
  const entries = [...values.entries()];
  let best = byteRange(values.least, values.most);
  let leastError = Infinity;
  for (const share of SHARES) {
    const range = byteRange(values.least * share, values.most * share);
    const error = squaredError(entries, range);
    if (error < leastError) [best, leastError] = [range, error];
  }
  return best;
}

function squaredError(
  entries: readonly (readonly [value: number, count: number])[],
  { scale, zeroPoint }: ByteRange,
): number {
  let sum = 0;
  for (const [value, count] of entries) {
    const byte = Math.min(STEPS, Math.max(0, Math.round(value / scale) + zeroPoint));
    sum += count * (value - (byte - zeroPoint) * scale) ** 2;
  }
  return sum;
}
