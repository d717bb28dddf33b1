import { describe, expect, it } from '@jest/globals';
import { type Point } from '../imaging/geometry.js';
import { type FivePoints } from './align-face.js';
import { applyMap } from '../imaging/geometry.js';
import { alignFace, similarityTransform } from './align-face.js';

const points: FivePoints = [
  [38.2946, 51.6963],
  [73.5318, 51.5014],
  [56.0252, 71.7366],
  [41.5493, 92.3655],
  [70.7299, 92.2041],
];

function expectPoint(actual: Point, [x, y]: Point): void {
  expect(actual[0]).toBeCloseTo(x, 4);
  expect(actual[1]).toBeCloseTo(y, 4);
}

describe('alignFace', () => {
  it('finds a face that is rotated, scaled and moved', () => {
    const [cosine, sine] = [3 * Math.cos(0.4), 3 * Math.sin(0.4)];
    const place = ([x, y]: Point): Point => [
      cosine * x - sine * y + 200,
      sine * x + cosine * y - 30,
    ];
    const landmarks = points.map(place) as unknown as FivePoints;
    const map = alignFace(landmarks, { points })!;
    // Templates count from pixel centres.
    for (const [index, [x, y]] of points.entries()) {
      expectPoint(applyMap(map, x + 0.5, y + 0.5), landmarks[index]!);
    }
  });

  it('stretches a face for a network that was trained on stretched faces', () => {
    const turned = points.map(([x, y]): Point => [300 - y, 2 * x]) as unknown as FivePoints;
    const stretched = points.map(([x, y]): Point => [1.5 * (x + 0.5) - 0.5, y]);
    const plain = alignFace(turned, { points })!;
    const wide = alignFace(turned, { points: stretched, stretch: 1.5 })!;
    for (const [x, y] of [
      [0, 0],
      [70, 20],
      [10, 110],
    ] as const) {
      expectPoint(applyMap(wide, 1.5 * x, y), applyMap(plain, x, y));
    }
  });

  it('fits all points approximately when no exact transform exists', () => {
    const smiling = points.map(([x, y], i): Point => [x, y + (i > 2 ? 6 : 0)]);
    const toCrop = similarityTransform(smiling, points)!;
    const errors = smiling.map(([x, y], i) => applyMap(toCrop, x, y)[1] - points[i]![1]);
    expect(Math.max(...errors.map(Math.abs))).toBeGreaterThan(1);
    expect(errors.reduce((sum, error) => sum + error, 0)).toBeCloseTo(0, 6);
  });

  it('gives up on landmarks that fall together', () => {
    const nowhere = [
      [5, 5],
      [5, 5],
      [5, 5],
      [5, 5],
      [5, 5],
    ] as const;
    expect(alignFace(nowhere, { points })).toBeNull();
  });

  it('gives up on landmarks that are no numbers', () => {
    const broken = points.map(() => [Number.NaN, 1]) as unknown as FivePoints;
    expect(alignFace(broken, { points })).toBeNull();
  });
});
