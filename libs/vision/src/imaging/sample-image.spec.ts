import { describe, expect, it } from '@jest/globals';
import { ontoRectangle, type AffineMap } from './geometry.js';
import { type RgbImage, sampleImage } from './sample-image.js';

/** Red is 10 × column, green 10 × row, blue 7. */
function gradient(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set([10 * x, 10 * y, 7], (y * width + x) * 3);
  }
  return { data, width, height };
}

function sample(image: RgbImage, map: AffineMap, width: number, height: number): number[][] {
  const target = new Float32Array(width * height * 3);
  sampleImage(image, map, width, height, target);
  return Array.from({ length: width * height }, (_, i) => [...target.slice(i * 3, i * 3 + 3)]);
}

const whole = (width: number, height: number) => ({ x: 0, y: 0, width, height });

describe('sampleImage', () => {
  it('copies an image onto a grid of its own size', () => {
    const image = gradient(3, 2);
    const map = ontoRectangle(whole(3, 2), whole(3, 2));
    expect(sample(image, map, 3, 2).flat()).toEqual([...image.data]);
  });

  it('interpolates between pixels when it enlarges', () => {
    const map = ontoRectangle(whole(4, 1), whole(2, 1));
    const reds = sample(gradient(2, 1), map, 4, 1).map(([red]) => red);
    // Centres of the grid lie at −0.25, 0.25, 0.75 and 1.25 pixels; the edge pixels go on beyond.
    expect(reds).toEqual([0, 2.5, 7.5, 10]);
  });

  it('averages the pixels it covers when it shrinks', () => {
    const map = ontoRectangle(whole(2, 2), whole(8, 8));
    expect(sample(gradient(8, 8), map, 2, 2)).toEqual([
      [15, 15, 7],
      [55, 15, 7],
      [15, 55, 7],
      [55, 55, 7],
    ]);
  });

  it('averages the same way when the grid is rotated', () => {
    // A quarter turn, shrinking by two: grid x runs down the image, grid y runs left.
    const map = { a: 0, b: -2, tx: 4, c: 2, d: 0, ty: 0 };
    expect(sample(gradient(4, 4), map, 2, 2)).toEqual([
      [25, 5, 7],
      [25, 25, 7],
      [5, 5, 7],
      [5, 25, 7],
    ]);
  });

  it('rotates an image', () => {
    const map = { a: 0, b: -1, tx: 2, c: 1, d: 0, ty: 0 };
    const reds = sample(gradient(2, 2), map, 2, 2).map(([red, green]) => [red, green]);
    expect(reds).toEqual([
      [10, 0],
      [10, 10],
      [0, 0],
      [0, 10],
    ]);
  });

  it('repeats the edge pixels outside the image', () => {
    const map = { a: 1, b: 0, tx: -5, c: 0, d: 1, ty: 100 };
    expect(sample(gradient(3, 3), map, 1, 1)).toEqual([[0, 20, 7]]);
  });
});
