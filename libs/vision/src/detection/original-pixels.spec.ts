import { describe, expect, it } from '@jest/globals';
import { enlargeBox, enlargePoints, withinPicture } from './original-pixels.js';

const decoded = { width: 100, height: 50 };
const original = { width: 400, height: 200 };

describe('original pixels', () => {
  it('bring boxes and points of a shrunk picture back to its own pixels', () => {
    const box = { x: 10, y: 5, width: 20, height: 10 };
    expect(enlargeBox(box, decoded, original)).toEqual({ x: 40, y: 20, width: 80, height: 40 });
    const points = [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
      [9, 10],
    ] as const;
    expect(enlargePoints(points, decoded, original)[4]).toEqual([36, 40]);
  });
});

describe('withinPicture', () => {
  it('cuts off what reaches out', () => {
    const box = { x: -10, y: 150, width: 50, height: 100 };
    expect(withinPicture(box, original)).toEqual({ x: 0, y: 150, width: 40, height: 50 });
  });

  it('keeps a pixel of a box that lies outside', () => {
    const box = { x: 500, y: -80, width: 50, height: 50 };
    expect(withinPicture(box, original)).toEqual({ x: 399, y: 0, width: 1, height: 1 });
  });
});
