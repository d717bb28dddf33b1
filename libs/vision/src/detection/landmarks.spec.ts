import { describe, expect, it } from '@jest/globals';
import { type FivePoints } from '../faces/align-face.js';
import { applyMap, enlargeBox, type Point } from '../imaging/geometry.js';
import { enlargePoints, fivePoints, landmarkMap, uprightMap } from './landmarks.js';

const input = { width: 64, height: 64 };

describe('landmarkMap', () => {
  it('stretches the box to a square', () => {
    const map = landmarkMap({ x: 100, y: 50, width: 60, height: 80 }, input);
    expect(applyMap(map, 0, 0)).toEqual([100, 50]);
    expect(applyMap(map, 64, 64)).toEqual([160, 130]);
  });
});

describe('fivePoints', () => {
  it('takes the mean of the outline of each eye, and nose tip and mouth corners as they are', () => {
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

const tiltInput = { width: 64, height: 64 };

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
  it.each([-130, -40, -16, 16, 90, 170])(
    'maps the box of a face that is tilted by %i°',
    (degrees) => {
      const map = uprightMap(face(degrees), tiltInput)!;
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
    },
  );

  it.each([-14, 0, 14])('ignores a tilt of %i°', (degrees) => {
    expect(uprightMap(face(degrees), tiltInput)).toBeNull();
  });

  it('ignores the tilted line between the eyes of a profile', () => {
    const landmarks: FivePoints = [
      [30, 42],
      [40, 36],
      [44, 58],
      [30, 74],
      [40, 74],
    ];
    expect(uprightMap(landmarks, tiltInput)).toBeNull();
  });

  it('maps points in the upright crop back to the picture', () => {
    const landmarks = face(40);
    const shares = new Float32Array(136);
    for (let i = 0; i < 6; i++) shares.set([0.29, 0.4], (36 + i) * 2);
    const [leftEye] = fivePoints(shares, tiltInput, uprightMap(landmarks, tiltInput)!);
    expect(leftEye[0]).toBeCloseTo(landmarks[0][0], 4);
    expect(leftEye[1]).toBeCloseTo(landmarks[0][1], 4);
  });

  it('returns null for points that coincide', () => {
    const nowhere = face(0).map(() => [5, 5]) as unknown as FivePoints;
    expect(uprightMap(nowhere, tiltInput)).toBeNull();
  });
});

const decoded = { width: 100, height: 50 };
const original = { width: 400, height: 200 };

describe('original pixels', () => {
  it('are computed from boxes and points of the shrunk picture', () => {
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

  it('scale each axis of a point by its own factor', () => {
    const points = [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
      [9, 10],
    ] as const;
    const unequal = { width: 300, height: 250 };
    expect(enlargePoints(points, decoded, unequal)).toEqual([
      [3, 10],
      [9, 20],
      [15, 30],
      [21, 40],
      [27, 50],
    ]);
  });
});
