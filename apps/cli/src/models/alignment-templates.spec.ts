import { describe, expect, it } from '@jest/globals';
import { arcface112, facenet160 } from './alignment-templates.js';

type Points = typeof facenet160.points;
const distance = (points: Points, i: number, j: number) =>
  Math.hypot(points[i]![0] - points[j]![0], points[i]![1] - points[j]![1]);

describe('the FaceNet crop', () => {
  const { points } = facenet160;

  it('has the eyes 42 pixels apart, 12 above the middle of its 160 pixels', () => {
    expect(distance(points, 0, 1)).toBeCloseTo(42, 1);
    expect((points[0][0] + points[1][0]) / 2).toBeCloseTo(79.5, 1);
    expect((points[0][1] + points[1][1]) / 2).toBeCloseTo(67.5, 1);
  });

  it('has the other points where the ArcFace crop has them, in eye distances', () => {
    const inEyes = (all: Points, i: number, j: number) => distance(all, i, j) / distance(all, 0, 1);
    for (const [i, j] of [
      [0, 2],
      [1, 2],
      [0, 3],
      [1, 4],
      [3, 4],
    ] as const) {
      expect(inEyes(points, i, j)).toBeCloseTo(inEyes(arcface112.points, i, j), 2);
    }
  });
});
