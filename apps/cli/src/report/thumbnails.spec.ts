import { describe, expect, it } from '@jest/globals';
import { cropAround } from './thumbnails.js';

describe('cropAround', () => {
  it('is a square around the centre of the face', () => {
    const box = { x: 100, y: 100, width: 20, height: 40 };
    expect(cropAround(box, { width: 500, height: 400 })).toEqual({
      left: 80,
      top: 90,
      width: 60,
      height: 60,
    });
  });

  it.each([
    { x: -20, y: -5, width: 60, height: 60 },
    { x: 280, y: 180, width: 60, height: 60 },
    { x: 0, y: 0, width: 900, height: 900 },
  ])('stays inside the image for the box %o', (box) => {
    const crop = cropAround(box, { width: 300, height: 200 });
    expect(Math.min(crop.left, crop.top)).toBeGreaterThanOrEqual(0);
    expect(crop.left + crop.width).toBeLessThanOrEqual(300);
    expect(crop.top + crop.height).toBeLessThanOrEqual(200);
    expect(crop.width).toBeGreaterThan(0);
  });
});
