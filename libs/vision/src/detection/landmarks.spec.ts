import { describe, expect, it } from '@jest/globals';
import { applyMap } from '../imaging/affine-map.js';
import { fivePoints, landmarkMap, enlargeBox, enlargePoints, withinPicture } from './landmarks.js';

const input = { width: 64, height: 64 };

describe('landmarkMap', () => {
  it('looks at the box, drawn as wide as high', () => {
    const map = landmarkMap({ x: 100, y: 50, width: 60, height: 80 }, input);
    expect(applyMap(map, 0, 0)).toEqual([100, 50]);
    expect(applyMap(map, 64, 64)).toEqual([160, 130]);
  });
});

describe('fivePoints', () => {
  it('takes eyes as the mean of their outline, nose tip and mouth corners as they are', () => {
    const shares = new Float32Array(136);
    const put = (point: number, x: number, y: number) => shares.set([x, y], point * 2);
    for (let i = 0; i < 6; i++) {
      put(36 + i, 0.25 + (i - 2.5) * 0.01, 0.25);
      put(42 + i, 0.75 + (i - 2.5) * 0.01, 0.25);
    }
    put(30, 0.5, 0.5);
    put(48, 0.375, 0.75);
    put(54, 0.625, 0.75);
    const map = landmarkMap({ x: 100, y: 0, width: 80, height: 80 }, input);
    const rounded = fivePoints(shares, input, map).map((point) => point.map(Math.round));
    expect(rounded).toEqual([
      [120, 20],
      [160, 20],
      [140, 40],
      [130, 60],
      [150, 60],
    ]);
  });
});

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
