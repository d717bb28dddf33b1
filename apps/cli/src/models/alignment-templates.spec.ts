import { describe, expect, it } from '@jest/globals';
import { arcface112, facenet160 } from './alignment-templates.js';

describe('the FaceNet crop', () => {
  const { points, stretch } = facenet160;

  it('has the eyes 42 pixels apart, stretched to 50.4, 18 above the middle of its 160 pixels', () => {
    expect(stretch).toBe(1.2);
    expect(points[1][0] - points[0][0]).toBeCloseTo(50.4, 1);
    expect((points[0][0] + points[1][0]) / 2).toBeCloseTo(79.5, 1);
    expect((points[0][1] + points[1][1]) / 2).toBeCloseTo(61.5, 1);
  });

  it('has the points where the ArcFace crop has them before it is stretched, in eye distances', () => {
    const inEyes = (all: typeof points, width: number, i: number, j: number) => {
      const distance = (from: number, to: number) =>
        Math.hypot((all[to]![0] - all[from]![0]) / width, all[to]![1] - all[from]![1]);
      return distance(i, j) / distance(0, 1);
    };
    for (const [i, j] of [
      [0, 2],
      [1, 2],
      [0, 3],
      [1, 4],
      [3, 4],
    ] as const) {
      expect(inEyes(points, stretch!, i, j)).toBeCloseTo(inEyes(arcface112.points, 1, i, j), 2);
    }
  });
});
