/** Bins from −limit to limit: at least 16 for each of the 256 steps of a byte. */
const BINS = 2 ** 14;
const HALF = BINS / 2;
/** Where the limit starts, smaller than the range of any activation that matters. */
const FIRST_LIMIT = 2 ** -10;

/**
 * How often which value occurs. The limit is a power of two and doubles as values ask for it, two bins
 * becoming one: so one pass suffices, and histograms can be added to each other.
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
    // Floor, by truncation: the sum is not negative.
    for (const value of values) counts[(value * perUnit + HALF) | 0]!++;
  }

  addAll(other: ValueHistogram): void {
    this.widen(other.lowest, other.highest);
    let { counts } = other;
    for (let { limit } = other; limit < this.limit; limit *= 2) counts = coarser(counts);
    for (let bin = 0; bin < BINS; bin++) this.counts[bin]! += counts[bin]!;
  }

  /** Middle of each bin that values fell into, and how many did. */
  *entries(): Generator<readonly [value: number, count: number]> {
    for (const [bin, count] of this.counts.entries()) {
      if (count > 0) yield [((bin - HALF + 0.5) * this.limit) / HALF, count];
    }
  }

  private widen(least: number, most: number): void {
    this.lowest = Math.min(this.lowest, least);
    this.highest = Math.max(this.highest, most);
    // The last bin ends before the limit.
    for (; -this.lowest > this.limit || this.highest >= this.limit; this.limit *= 2) {
      this.counts = coarser(this.counts);
    }
  }
}

/** Bins for twice the limit. */
function coarser(counts: Float64Array): Float64Array<ArrayBuffer> {
  const wider = new Float64Array(BINS);
  for (let bin = 0; bin < BINS; bin++) wider[(bin + HALF) >> 1]! += counts[bin]!;
  return wider;
}
