/** Histograms of values, and the 8-bit range that represents them best. */
/** Number of bins from −limit to limit: at least 16 for each of the 256 steps of a byte. */
const BINS = 2 ** 14;
const HALF = BINS / 2;
/** Initial limit, smaller than the range of any relevant activation. */
const FIRST_LIMIT = 2 ** -10;

const STEPS = 255;
/** Fractions of the whole range to try. Values outside are clipped. */
const SHARES = Array.from({ length: 41 }, (_, index) => 1 - index / 80);

/**
 * A histogram with a variable range. The limit is a power of two. It doubles when a larger value arrives,
 * and every two bins are merged into one, so that one pass is enough and histograms can be added.
 */
export class ValueHistogram {
  private limit = FIRST_LIMIT;
  private counts = new Float64Array(BINS);
  private lowest = 0;
  private highest = 0;

  /** Smallest value seen, or 0. */
  get least(): number {
    return this.lowest;
  }

  /** Largest value seen, or 0. */
  get most(): number {
    return this.highest;
  }

  /** @throws RangeError when a value is not finite */
  add(values: Float32Array): void {
    let [least, most] = [0, 0];
    let sum = 0;
    for (const value of values) {
      if (value < least) least = value;
      if (value > most) most = value;
      sum += value;
    }
    if (!Number.isFinite(sum)) throw new RangeError('a value is not a finite number');
    this.widen(least, most);
    const { counts } = this;
    const perUnit = HALF / this.limit;
    // Truncation is the floor here, because the sum is not negative.
    for (const value of values) counts[(value * perUnit + HALF) | 0]!++;
  }

  addAll(other: ValueHistogram): void {
    this.widen(other.lowest, other.highest);
    let { counts } = other;
    for (let { limit } = other; limit < this.limit; limit *= 2) counts = coarser(counts);
    for (let bin = 0; bin < BINS; bin++) this.counts[bin]! += counts[bin]!;
  }

  /** Middle and count of each bin that is not empty. */
  *entries(): Generator<readonly [value: number, count: number]> {
    for (const [bin, count] of this.counts.entries()) {
      if (count > 0) yield [((bin - HALF + 0.5) * this.limit) / HALF, count];
    }
  }

  private widen(least: number, most: number): void {
    this.lowest = Math.min(this.lowest, least);
    this.highest = Math.max(this.highest, most);
    // The limit itself is outside the last bin.
    for (; -this.lowest > this.limit || this.highest >= this.limit; this.limit *= 2) {
      this.counts = coarser(this.counts);
    }
  }
}

/** Merges the bins for twice the limit. */
function coarser(counts: Float64Array): Float64Array<ArrayBuffer> {
  const wider = new Float64Array(BINS);
  for (let bin = 0; bin < BINS; bin++) wider[(bin + HALF) >> 1]! += counts[bin]!;
  return wider;
}

/** How bytes represent real numbers: (byte − zeroPoint) · scale. */
export interface ByteRange {
  /** A float32. */
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The range from `least` to `most`. It always represents 0 exactly, because padding and ReLU produce 0. */
export function byteRange(least: number, most: number): ByteRange {
  const low = Math.min(0, least);
  const scale = Math.fround((Math.max(0, most) - low) / STEPS) || 1;
  return { scale, zeroPoint: Math.round((0 - low) / scale) };
}

/**
 * The range with the smallest mean squared error. It clips a few extreme values if all others get finer
 * steps in return.
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
