import { describe, expect, it } from '@jest/globals';
import { ValueHistogram, bestByteRange, byteRange } from './value-histogram.js';

function histogramOf(...values: number[]): ValueHistogram {
  const histogram = new ValueHistogram();
  histogram.add(Float32Array.from(values));
  return histogram;
}

/** Values to two digits with their counts, from the smallest on. */
function content(histogram: ValueHistogram): [string, number][] {
  return [...histogram.entries()].map(([value, count]) => [value.toFixed(2), count]);
}

describe('ValueHistogram', () => {
  it('counts values with a resolution relative to their range', () => {
    const histogram = histogramOf(-1, 0.5, 0.5, 3.99);
    expect(content(histogram)).toEqual([
      ['-1.00', 1],
      ['0.50', 2],
      ['3.99', 1],
    ]);
    expect([histogram.least, histogram.most]).toEqual([-1, Math.fround(3.99)]);
  });

  it('keeps its counts when larger values arrive', () => {
    const histogram = histogramOf(0.25, 0.25, -0.125);
    histogram.add(Float32Array.of(100));
    const [negative, small, large] = [...histogram.entries()];
    expect(negative![0]).toBeCloseTo(-0.125, 1);
    expect(small![0]).toBeCloseTo(0.25, 1);
    expect(small![1]).toBe(2);
    expect(large![0]).toBeCloseTo(100, 1);
  });

  it.each([
    ['narrower', 0.5, 60],
    ['wider', 60, 0.5],
  ])('adds a %s one', (_, own, other) => {
    const sum = histogramOf(own, own);
    sum.addAll(histogramOf(other));
    const both = histogramOf(own, own, other);
    expect([...sum.entries()]).toEqual([...both.entries()]);
    expect(sum.most).toBe(60);
  });

  it('accepts values at both ends of its limit', () => {
    expect(content(histogramOf(-2, 2)).map(([, count]) => count)).toEqual([1, 1]);
  });

  it.each([[Number.NaN], [Infinity], [-Infinity]])('rejects %p', (value) => {
    expect(() => histogramOf(1, value)).toThrow(RangeError);
  });
});

function histogramOfValues(values: Float32Array): ValueHistogram {
  const histogram = new ValueHistogram();
  histogram.add(values);
  return histogram;
}

/** Evenly from `least` to `most`. */
function spread(least: number, most: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => least + ((most - least) * i) / (count - 1));
}

describe('byteRange', () => {
  it('covers the minimum and the maximum', () => {
    const { scale, zeroPoint } = byteRange(-1, 4.1);
    expect((0 - zeroPoint) * scale).toBeCloseTo(-1, 2);
    expect((255 - zeroPoint) * scale).toBeCloseTo(4.1, 2);
  });

  it('always represents 0 exactly', () => {
    expect(byteRange(2, 5.1)).toEqual({ scale: Math.fround(0.02), zeroPoint: 0 });
    expect(byteRange(-5.1, -2)).toEqual({ scale: Math.fround(0.02), zeroPoint: 255 });
  });

  it('represents only 0 when there were no other values', () => {
    expect(byteRange(0, 0)).toEqual({ scale: 1, zeroPoint: 0 });
  });
});

describe('bestByteRange', () => {
  it('is the whole range when values are spread over it', () => {
    const best = bestByteRange(histogramOfValues(spread(-1, 3, 10_000)));
    expect(best.scale).toBeCloseTo(4 / 255, 4);
    expect(best.zeroPoint).toBe(64);
  });

  it('clips one extreme value when all others gain by it', () => {
    const values = histogramOfValues(spread(0, 1, 1_000_000));
    values.add(Float32Array.of(3));
    expect(bestByteRange(values).scale * 255).toBeLessThan(2);
    expect(byteRange(values.least, values.most).scale * 255).toBeCloseTo(3, 4);
  });
});
