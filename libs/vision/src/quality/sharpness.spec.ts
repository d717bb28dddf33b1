import { describe, expect, it } from '@jest/globals';
import { sharpness } from './sharpness.js';

function image(width: number, height: number, luma: (x: number, y: number) => number) {
  const pixels = new Float32Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    pixels.fill(luma(i % width, Math.floor(i / width)), i * 3, i * 3 + 3);
  }
  return sharpness(pixels, width, height);
}

describe('sharpness', () => {
  it('is nothing on a plain surface and on an even gradient', () => {
    expect(image(16, 16, () => 80)).toBeCloseTo(0, 3);
    expect(image(16, 16, (x, y) => 3 * x + 5 * y)).toBeCloseTo(0, 3);
  });

  it('is the variance of the Laplacian', () => {
    // A checkerboard of 0 and 1: the Laplacian is ±4 everywhere.
    expect(image(18, 18, (x, y) => (x + y) % 2)).toBeCloseTo(16, 3);
  });

  it('falls when edges are softened', () => {
    const hard = image(16, 16, (x) => (x < 8 ? 0 : 200));
    const soft = image(16, 16, (x) => Math.min(200, Math.max(0, (x - 4) * 25)));
    expect(soft).toBeLessThan(hard / 10);
  });

  it('is nothing on an image without an inside', () => {
    expect(image(2, 2, (x) => x * 255)).toBe(0);
  });
});
