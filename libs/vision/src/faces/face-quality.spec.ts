import { describe, expect, it } from '@jest/globals';
import { type Point } from '../imaging/geometry.js';
import { type FivePoints } from './align-face.js';
import { assessFace, headPose, sharpness } from './face-quality.js';

const picture = { width: 1_000, height: 1_000 };

/** A face with its eyes `eyes` pixels apart and its nose moved by shares of that. */
function face(eyes: number, noseX = 0, noseY = 0): FivePoints {
  const at = (x: number, y: number): Point => [500 + x * eyes, 500 + y * eyes];
  return [at(-0.5, -0.5), at(0.5, -0.5), at(noseX, noseY), at(-0.5, 0.5), at(0.5, 0.5)];
}

const box = { x: 400, y: 400, width: 200, height: 200 };

describe('headPose', () => {
  it('is frontal when the nose is in the middle', () => {
    expect(headPose(face(40))).toEqual({ sideways: 0, upOrDown: 0 });
  });

  it('measures how far the nose is off the middle', () => {
    const { sideways, upOrDown } = headPose(face(40, 0.5, -0.25));
    expect(sideways).toBeCloseTo(0.5, 6);
    expect(upOrDown).toBeCloseTo(0.25, 6);
  });

  it('does not depend on in-plane rotation', () => {
    const tilted = face(40, 0.25).map(([x, y]) => [500 - (y - 500), x]) as unknown as FivePoints;
    expect(headPose(tilted).sideways).toBeCloseTo(0.25, 6);
  });

  it('treats eyes at the same place as a turned head', () => {
    const [, rightEye, nose, leftMouth, rightMouth] = face(40);
    expect(headPose([rightEye, rightEye, nose, leftMouth, rightMouth]).sideways).toBeGreaterThan(1);
  });
});

describe('assessFace', () => {
  it('gives a large, sharp, frontal face the best quality', () => {
    expect(assessFace(box, face(60), 100, picture)).toEqual({ quality: 1, flaw: null });
  });

  it('gives a lower quality for each weakness', () => {
    const half = assessFace(box, face(10), 100, picture).quality;
    expect(half).toBeCloseTo(0.5 ** 0.25, 6);
    expect(assessFace(box, face(10), 15, picture).quality).toBeCloseTo(0.25 ** 0.25, 6);
  });

  it.each([
    ['too small', box, face(7.9), 100],
    ['blurred', box, face(60), 2.9],
    ['turned away', box, face(60, 0.75), 100],
    ['turned away', box, face(60, 0, 0.6), 100],
    ['out of frame', { ...box, x: -60 }, face(60), 100],
  ] as const)('finds a face %s', (flaw, region, landmarks, sharpness) => {
    expect(assessFace(region, landmarks, sharpness, picture).flaw).toBe(flaw);
  });

  it('accepts a half-turned face at the edge of the picture', () => {
    expect(assessFace({ ...box, x: -40 }, face(60, 0.4), 100, picture).flaw).toBeNull();
  });
});

function image(width: number, height: number, luma: (x: number, y: number) => number) {
  const pixels = new Float32Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    pixels.fill(luma(i % width, Math.floor(i / width)), i * 3, i * 3 + 3);
  }
  return sharpness(pixels, width, height);
}

describe('sharpness', () => {
  it('is 0 on a plain surface and on an even gradient', () => {
    expect(image(16, 16, () => 80)).toBeCloseTo(0, 3);
    expect(image(16, 16, (x, y) => 3 * x + 5 * y)).toBeCloseTo(0, 3);
  });

  it('is the variance of the Laplacian', () => {
    // A checkerboard of 0 and 1: the Laplacian is ±4 everywhere.
    expect(image(18, 18, (x, y) => (x + y) % 2)).toBeCloseTo(16, 3);
  });

  it('decreases when edges are blurred', () => {
    const hard = image(16, 16, (x) => (x < 8 ? 0 : 200));
    const soft = image(16, 16, (x) => Math.min(200, Math.max(0, (x - 4) * 25)));
    expect(soft).toBeLessThan(hard / 10);
  });

  it('is 0 for an image without inner pixels', () => {
    expect(image(2, 2, (x) => x * 255)).toBe(0);
  });
});
