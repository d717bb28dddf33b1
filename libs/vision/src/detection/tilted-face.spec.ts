import { describe, expect, it } from '@jest/globals';
import { applyMap } from '../imaging/affine-map.js';
import { fivePoints, type FivePoints, type Point } from './landmarks.js';
import { uprightMap } from './tilted-face.js';

const input = { width: 64, height: 64 };

/** Turns clockwise around the picture's origin. */
function turn(degrees: number, x: number, y: number): Point {
  const radians = (degrees * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(radians), Math.sin(radians)];
  return [cosine * x - sine * y, sine * x + cosine * y];
}

/** A face in a box of 70 × 100 pixels, turned. */
function face(degrees: number): FivePoints {
  const at = (x: number, y: number) => turn(degrees, x, y);
  return [at(20.3, 40), at(49.7, 40), at(35, 58), at(22.4, 74.5), at(47.6, 74.5)];
}

describe('uprightMap', () => {
  it.each([-130, -40, -16, 16, 90, 170])('shows the box of a face that leans by %i°', (degrees) => {
    const map = uprightMap(face(degrees), input)!;
    for (const [across, down] of [
      [0, 0],
      [1, 0],
      [1, 1],
    ] as const) {
      const [x, y] = applyMap(map, 64 * across, 64 * down);
      const [wantedX, wantedY] = turn(degrees, 70 * across, 100 * down);
      expect(x).toBeCloseTo(wantedX, 6);
      expect(y).toBeCloseTo(wantedY, 6);
    }
  });

  it.each([-14, 0, 14])('lets one that leans by %i° pass', (degrees) => {
    expect(uprightMap(face(degrees), input)).toBeNull();
  });

  it('lets a face from the side pass, however the line between its eyes leans', () => {
    const landmarks: FivePoints = [
      [30, 42],
      [40, 36],
      [44, 58],
      [30, 74],
      [40, 74],
    ];
    expect(uprightMap(landmarks, input)).toBeNull();
  });

  it('brings what the network finds there back to the picture', () => {
    const landmarks = face(40);
    const shares = new Float32Array(136);
    for (let i = 0; i < 6; i++) shares.set([0.29, 0.4], (36 + i) * 2);
    const [leftEye] = fivePoints(shares, input, uprightMap(landmarks, input)!);
    expect(leftEye[0]).toBeCloseTo(landmarks[0][0], 4);
    expect(leftEye[1]).toBeCloseTo(landmarks[0][1], 4);
  });

  it('gives up on points that fall together', () => {
    const nowhere = face(0).map(() => [5, 5]) as unknown as FivePoints;
    expect(uprightMap(nowhere, input)).toBeNull();
  });
});
