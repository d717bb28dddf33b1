import { describe, expect, it } from '@jest/globals';
import { type NetworkInput } from '#models/packs/manifest.js';
import { sampleImage } from '../imaging/sample-image.js';
import { copyInput, fillInput, inputLength, isCopy } from './network-input.js';

const input: NetworkInput = {
  width: 2,
  height: 1,
  mean: 100,
  std: 10,
  channels: 'rgb',
  layout: 'nchw',
};
const pixels = Float32Array.of(110, 120, 130, 140, 150, 160);

function filled(changes: Partial<NetworkInput>, columns = 2): number[] {
  const target = new Float32Array(inputLength({ ...input, ...changes })).fill(99);
  fillInput(pixels, columns, 1, { ...input, ...changes }, target);
  return [...target].map((value) => Math.round(value * 1_000) / 1_000);
}

describe('fillInput', () => {
  it('writes normalised channels as planes (nchw)', () => {
    expect(filled({})).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it('writes channels interleaved (nhwc)', () => {
    expect(filled({ layout: 'nhwc' })).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('swaps red and blue for bgr', () => {
    expect(filled({ channels: 'bgr' })).toEqual([3, 6, 2, 5, 1, 4]);
  });

  it('converts colours to grey', () => {
    expect(filled({ channels: 'grey', mean: 0, std: 1 })).toEqual([118.15, 148.15]);
  });

  it('fills the part without pixels with the mean colour', () => {
    expect(filled({}, 1)).toEqual([1, 0, 2, 0, 3, 0]);
  });
});

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
  ] as const)('gives the same result as sampleImage and fillInput: %s %s', (channels, layout) => {
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

  it('accepts only the same scale and orientation', () => {
    expect(isCopy(shifted, input)).toBe(true);
    expect(isCopy({ ...shifted, a: 1.2, d: 1.2 }, input)).toBe(false);
    expect(isCopy({ ...shifted, b: 0.1, c: -0.1 }, input)).toBe(false);
    expect(isCopy(shifted, { ...input, channels: 'grey' })).toBe(false);
  });
});
