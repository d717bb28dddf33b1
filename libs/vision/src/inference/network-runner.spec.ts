import { describe, expect, it } from '@jest/globals';
import { type NetworkInput } from '#models/packs/manifest.js';
import { sampleImage } from '../imaging/sample-image.js';
import { fillInput, inputLength } from './fill-input.js';
import { copyInput, isCopy, unitVector } from './network-runner.js';

const image = {
  data: Uint8Array.from({ length: 12 * 10 * 3 }, (_, index) => (index * 37) % 256),
  width: 12,
  height: 10,
};
const shifted = { a: 1, b: 0, tx: 3, c: 0, d: 1, ty: 2 };

describe('copyInput', () => {
  it.each([
    ['rgb', 'nchw'],
    ['bgr', 'nchw'],
    ['rgb', 'nhwc'],
  ] as const)('gives what sampling and filling give: %s %s', (channels, layout) => {
    const input: NetworkInput = { width: 8, height: 6, channels, layout, mean: 127, std: 128 };
    const pixels = new Float32Array(8 * 6 * 3);
    const expected = new Float32Array(inputLength(input)).fill(9);
    sampleImage(image, shifted, 7, 5, pixels);
    fillInput(pixels, 7, 5, input, expected);
    const copied = new Float32Array(inputLength(input)).fill(9);
    copyInput(image, shifted, 7, 5, input, copied);
    for (const [index, value] of expected.entries()) expect(copied[index]).toBeCloseTo(value, 5);
  });
});

describe('isCopy', () => {
  const input: NetworkInput = {
    width: 8,
    height: 6,
    channels: 'rgb',
    layout: 'nchw',
    mean: 0,
    std: 1,
  };

  it('takes the same scale and orientation only', () => {
    expect(isCopy(shifted, input)).toBe(true);
    expect(isCopy({ ...shifted, a: 1.2, d: 1.2 }, input)).toBe(false);
    expect(isCopy({ ...shifted, b: 0.1, c: -0.1 }, input)).toBe(false);
    expect(isCopy(shifted, { ...input, channels: 'grey' })).toBe(false);
  });
});

describe('unitVector', () => {
  it('scales to norm 1', () => {
    const [x, y] = unitVector(Float32Array.of(3, 4));
    expect(x).toBeCloseTo(0.6, 6);
    expect(y).toBeCloseTo(0.8, 6);
  });

  it.each([[[0, 0]], [[Number.NaN, 1]], [[Infinity, 1]]])(
    'refuses %j, which points nowhere',
    (values) => {
      expect(() => unitVector(Float32Array.from(values))).toThrow(/norm/);
    },
  );
});
