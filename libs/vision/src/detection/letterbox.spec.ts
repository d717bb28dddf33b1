import { describe, expect, it } from '@jest/globals';
import { applyMap } from '../imaging/affine-map.js';
import { letterbox } from './letterbox.js';

const input = { width: 320, height: 240 };

describe('letterbox', () => {
  it('fits a square into the height and keeps its proportions', () => {
    const { columns, rows, map } = letterbox({ x: 0, y: 0, width: 480, height: 480 }, input);
    expect([columns, rows]).toEqual([240, 240]);
    expect(applyMap(map, 240, 240)).toEqual([480, 480]);
  });

  it('places the region of the picture', () => {
    const { map } = letterbox({ x: 1_000, y: 500, width: 640, height: 480 }, input);
    expect(applyMap(map, 0, 0)).toEqual([1_000, 500]);
    expect(applyMap(map, 160, 120)).toEqual([1_320, 740]);
  });

  it('keeps a pixel of the thinnest strip', () => {
    const { columns, rows } = letterbox({ x: 0, y: 0, width: 10_000, height: 2 }, input);
    expect([columns, rows]).toEqual([320, 1]);
  });
});
