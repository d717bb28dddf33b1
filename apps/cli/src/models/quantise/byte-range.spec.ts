import { describe, expect, it } from '@jest/globals';
import { bestByteRange, byteRange } from './byte-range.js';
import { ValueHistogram } from './value-histogram.js';

function histogramOf(values: Float32Array): ValueHistogram {
  const histogram = new ValueHistogram();
  histogram.add(values);
  return histogram;
}

/** Evenly from `least` to `most`. */
function spread(least: number, most: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => least + ((most - least) * i) / (count - 1));
}

describe('byteRange', () => {
  it('reaches from the least to the most', () => {
    const { scale, zeroPoint } = byteRange(-1, 4.1);
    expect((0 - zeroPoint) * scale).toBeCloseTo(-1, 2);
    expect((255 - zeroPoint) * scale).toBeCloseTo(4.1, 2);
  });

  it('has 0 in it, exact, wherever the values lie', () => {
    expect(byteRange(2, 5.1)).toEqual({ scale: Math.fround(0.02), zeroPoint: 0 });
    expect(byteRange(-5.1, -2)).toEqual({ scale: Math.fround(0.02), zeroPoint: 255 });
  });

  it('stands for nothing but 0 when there was nothing else', () => {
    expect(byteRange(0, 0)).toEqual({ scale: 1, zeroPoint: 0 });
  });
});

describe('bestByteRange', () => {
  it('is the whole range when values fill it', () => {
    const best = bestByteRange(histogramOf(spread(-1, 3, 10_000)));
    expect(best.scale).toBeCloseTo(4 / 255, 4);
    expect(best.zeroPoint).toBe(64);
  });

  it('clips one far value when all others gain by it', () => {
    const values = histogramOf(spread(0, 1, 1_000_000));
    values.add(Float32Array.of(3));
    expect(bestByteRange(values).scale * 255).toBeLessThan(2);
    expect(byteRange(values.least, values.most).scale * 255).toBeCloseTo(3, 4);
  });
});
