import { describe, expect, it } from '@jest/globals';
import { enlargeBox, withinPicture } from './geometry.js';

const picture = { width: 400, height: 200 };

describe('withinPicture', () => {
  it('cuts off the part outside the picture', () => {
    const box = { x: -10, y: 150, width: 50, height: 100 };
    expect(withinPicture(box, picture)).toEqual({ x: 0, y: 150, width: 40, height: 50 });
  });

  it('keeps one pixel of a box that lies outside', () => {
    const box = { x: 500, y: -80, width: 50, height: 50 };
    expect(withinPicture(box, picture)).toEqual({ x: 399, y: 0, width: 1, height: 1 });
  });
});

describe('enlargeBox', () => {
  it('scales each axis by its own factor', () => {
    const box = { x: 10, y: 5, width: 20, height: 10 };
    const decoded = { width: 100, height: 50 };
    const original = { width: 300, height: 250 };
    expect(enlargeBox(box, decoded, original)).toEqual({ x: 30, y: 25, width: 60, height: 50 });
  });
});
