import { describe, expect, it } from '@jest/globals';
import { concatenate, convolve, maxPool, mean, type FeatureMap } from './reference-forward.js';

/** A map of one channel. */
function plane(rows: readonly (readonly number[])[]): FeatureMap {
  const values = Float64Array.from(rows.flat());
  return { height: rows.length, width: rows[0]!.length, channels: 1, values };
}
const same = (value: number) => value;

const PICTURE = plane([
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
]);

describe('convolve', () => {
  it('multiplies and adds without flipping the kernel', () => {
    const kernel = Float32Array.of(1, 10, 100, 1000);
    const layer = { shape: [2, 2, 1, 1], stride: 1, padding: 'valid' } as const;
    const { height, width, values } = convolve(PICTURE, kernel, layer, same);
    expect([height, width]).toEqual([2, 2]);
    expect([...values]).toEqual([5421, 6532, 8754, 9865]);
  });

  it('pads with zeros to the input size', () => {
    const layer = { shape: [1, 3, 1, 1], stride: 1, padding: 'same' } as const;
    const { values } = convolve(PICTURE, Float32Array.of(1, 10, 100), layer, same);
    expect([...values]).toEqual([210, 321, 32, 540, 654, 65, 870, 987, 98]);
  });

  it('combines channels into each output and passes each sum to finish', () => {
    const pixel = { height: 1, width: 1, channels: 2, values: Float64Array.of(3, 5) };
    const layer = { shape: [1, 1, 2, 3], stride: 1, padding: 'same' } as const;
    const kernel = Float32Array.of(1, 2, 3, 10, 20, 30);
    const { values } = convolve(pixel, kernel, layer, (value, channel) => value + channel * 1000);
    expect([...values]).toEqual([53, 1106, 2159]);
  });

  it('skips positions that the stride does not reach', () => {
    const layer = { shape: [1, 1, 1, 1], stride: 2, padding: 'valid' } as const;
    expect([...convolve(PICTURE, Float32Array.of(1), layer, same).values]).toEqual([1, 3, 7, 9]);
  });
});

describe('the other layers', () => {
  it('take the maximum of each window, also of negative values', () => {
    const rows = Array.from({ length: 5 }, (_, y) =>
      Array.from({ length: 6 }, (_, x) => -x - 10 * y),
    );
    const { height, width, values } = maxPool(plane(rows));
    expect([height, width]).toEqual([2, 2]);
    expect([...values]).toEqual([-0, -2, -20, -22]);
  });

  it('concatenate channels pixel by pixel', () => {
    const pair = (values: number[]) => ({
      height: 1,
      width: 2,
      channels: values.length / 2,
      values: Float64Array.from(values),
    });
    expect(concatenate([pair([1, 2]), pair([3, 4, 5, 6])])).toEqual({
      height: 1,
      width: 2,
      channels: 3,
      values: Float64Array.of(1, 3, 4, 2, 5, 6),
    });
  });

  it('average each channel over all pixels', () => {
    const map = { height: 2, width: 1, channels: 2, values: Float64Array.of(1, 10, 3, 30) };
    expect([...mean(map).values]).toEqual([2, 20]);
  });
});
