import { describe, expect, it } from '@jest/globals';
import { mainFace } from './embed-photographs.js';

const picture = { width: 100, height: 80 };
const face = (x: number, y: number, size: number) => ({
  box: { x, y, width: size, height: size },
});

describe('mainFace', () => {
  it('is the face nearest to the centre of the picture', () => {
    const central = face(40, 30, 20);
    expect(mainFace([face(0, 0, 20), central, face(80, 60, 20)], picture)).toBe(central);
  });

  it('is the larger of two equally near faces', () => {
    const large = face(50, 20, 40);
    expect(mainFace([face(20, 30, 20), large], picture)).toBe(large);
  });

  it('is null when there is no face', () => {
    expect(mainFace([], picture)).toBeNull();
  });
});
