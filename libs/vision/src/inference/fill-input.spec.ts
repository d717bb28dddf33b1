import { describe, expect, it } from '@jest/globals';
import { type NetworkInput } from '#models/packs/manifest.js';
import { fillInput, inputLength } from './fill-input.js';

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
  it('lays channels in planes, normalised', () => {
    expect(filled({})).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it('lays channels side by side', () => {
    expect(filled({ layout: 'nhwc' })).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('swaps red and blue', () => {
    expect(filled({ channels: 'bgr' })).toEqual([3, 6, 2, 5, 1, 4]);
  });

  it('weighs colours to grey', () => {
    expect(filled({ channels: 'grey', mean: 0, std: 1 })).toEqual([118.15, 148.15]);
  });

  it('sets what the pixels do not cover to the mean colour', () => {
    expect(filled({}, 1)).toEqual([1, 0, 2, 0, 3, 0]);
  });
});
