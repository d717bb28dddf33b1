import { describe, expect, it } from '@jest/globals';
import { applyMap } from '../imaging/affine-map.js';
import { bestBoxes, letterbox, confirms, secondLooks, uprightMap } from './face-detector.js';
import { fivePoints, type FivePoints, type Point } from './landmarks.js';

const box = (score: number, x: number, y = 0) => ({ x, y, width: 10, height: 10, score });

describe('bestBoxes', () => {
  it('keeps those with the highest scores', () => {
    const boxes = [box(0.7, 0), box(0.9, 20), box(0.6, 40), box(0.8, 60)];
    expect(bestBoxes(boxes, 2)).toEqual([box(0.9, 20), box(0.8, 60)]);
  });

  it('keeps all that are no more than it may keep', () => {
    const boxes = [box(0.7, 0), box(0.9, 20)];
    expect(new Set(bestBoxes(boxes, 2))).toEqual(new Set(boxes));
  });

  it('chooses the same among equals, whatever order they come in', () => {
    const boxes = [box(0.9, 30, 5), box(0.9, 30, 2), box(0.9, 10, 7), box(0.9, 50, 0)];
    const kept = [box(0.9, 10, 7), box(0.9, 30, 2)];
    expect(bestBoxes(boxes, 2)).toEqual(kept);
    expect(bestBoxes([...boxes].reverse(), 2)).toEqual(kept);
  });
});

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

const picture = { width: 2000, height: 1500 };

describe('secondLooks', () => {
  it('shows the face 24, 32 and 48 network pixels tall, in the middle', () => {
    const box = { x: 981, y: 676, width: 38, height: 48 };
    expect(secondLooks(box, picture, input)).toEqual([
      { x: 680, y: 460, width: 640, height: 480 },
      { x: 760, y: 520, width: 480, height: 360 },
      { x: 840, y: 580, width: 320, height: 240 },
    ]);
  });

  it('stays inside the picture', () => {
    for (const corner of [
      { x: 0, y: 0 },
      { x: 1970, y: 1460 },
    ]) {
      for (const look of secondLooks({ ...corner, width: 30, height: 40 }, picture, input)) {
        expect(Math.min(look.x, look.y)).toBeGreaterThanOrEqual(0);
        expect(look.x + look.width).toBeLessThanOrEqual(picture.width);
        expect(look.y + look.height).toBeLessThanOrEqual(picture.height);
      }
    }
  });
});

describe('confirms', () => {
  const box = { x: 100, y: 100, width: 30, height: 40 };

  const clear = [{ ...box, x: 104, score: 0.95 }];

  it('believes a face that two looks of three show in its place', () => {
    expect(confirms([clear, [], clear], box)).toBe(true);
  });

  it('doubts one that a single look shows', () => {
    expect(confirms([clear, [], []], box)).toBe(false);
  });

  it('does not count a look that shows it faintly or elsewhere', () => {
    expect(confirms([clear, [{ ...box, score: 0.85 }], []], box)).toBe(false);
    expect(confirms([clear, [{ ...box, x: 125, score: 0.99 }], []], box)).toBe(false);
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
  it.each([-130, -40, -16, 16, 90, 170])('shows the box of a face that leans by %i°', (degrees) => {
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
  });

  it.each([-14, 0, 14])('lets one that leans by %i° pass', (degrees) => {
    expect(uprightMap(face(degrees), tiltInput)).toBeNull();
  });

  it('lets a face from the side pass, however the line between its eyes leans', () => {
    const landmarks: FivePoints = [
      [30, 42],
      [40, 36],
      [44, 58],
      [30, 74],
      [40, 74],
    ];
    expect(uprightMap(landmarks, tiltInput)).toBeNull();
  });

  it('brings what the network finds there back to the picture', () => {
    const landmarks = face(40);
    const shares = new Float32Array(136);
    for (let i = 0; i < 6; i++) shares.set([0.29, 0.4], (36 + i) * 2);
    const [leftEye] = fivePoints(shares, tiltInput, uprightMap(landmarks, tiltInput)!);
    expect(leftEye[0]).toBeCloseTo(landmarks[0][0], 4);
    expect(leftEye[1]).toBeCloseTo(landmarks[0][1], 4);
  });

  it('gives up on points that fall together', () => {
    const nowhere = face(0).map(() => [5, 5]) as unknown as FivePoints;
    expect(uprightMap(nowhere, tiltInput)).toBeNull();
  });
});
