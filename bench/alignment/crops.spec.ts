import { describe, expect, it } from '@jest/globals';
import { type NetworkInput } from '#models/packs/manifest.js';
import { type FivePoints } from '#vision/faces/align-face.js';
import { type AffineMap, applyMap } from '#vision/imaging/geometry.js';
import { cropsFor, type FaceInPicture, mirrored } from './crops.js';

const input: NetworkInput = {
  width: 100,
  height: 100,
  mean: 0,
  std: 1,
  channels: 'rgb',
  layout: 'nchw',
};
const points = [
  [29.5, 39.5],
  [69.5, 39.5],
  [49.5, 59.5],
  [34.5, 79.5],
  [64.5, 79.5],
] satisfies FivePoints;

/** A face that lies in the picture as in the crop, 200 pixels to the right. */
const landmarks = points.map(([x, y]) => [x + 200.5, y + 0.5]) as unknown as FivePoints;
const face: FaceInPicture = {
  box: { x: 230, y: 20, width: 40, height: 60 },
  landmarks,
  landmarksOfSquare: landmarks,
};

function mapOf(name: string, stretch?: number): AffineMap {
  const alignment = { template: 'test', points, ...(stretch === undefined ? {} : { stretch }) };
  const { own, others } = cropsFor({ input, alignment });
  return [own, ...others].find((crop) => crop.name.includes(name))!.mapOf(face)!;
}

function expectCorners(map: AffineMap, left: number, top: number, right: number, bottom: number) {
  const corners = [...applyMap(map, 0, 0), ...applyMap(map, 100, 100)];
  for (const [i, value] of [left, top, right, bottom].entries()) {
    expect(corners[i]).toBeCloseTo(value, 6);
  }
}

describe('cropsFor', () => {
  it('has the crop of the pack', () => {
    expectCorners(mapOf('as the pack says'), 200, 0, 300, 100);
  });

  it('scales, moves and widens the face around the centre', () => {
    expectCorners(
      mapOf('1.1 times as large'),
      250 - 50 / 1.1,
      50 - 50 / 1.1,
      250 + 50 / 1.1,
      50 + 50 / 1.1,
    );
    expectCorners(mapOf('higher by'), 200, 4, 300, 104);
    expectCorners(mapOf('1.2 times as wide'), 250 - 50 / 1.2, 0, 250 + 50 / 1.2, 100);
  });

  it('removes the stretch of a pack', () => {
    const own = mapOf('as the pack says', 1.25);
    const plain = mapOf('as wide as it is', 1.25);
    expect(own.a / own.d).toBeCloseTo(0.8, 6);
    expect(plain.a / plain.d).toBeCloseTo(1, 6);
  });

  it('places the eyes independently of the mouth', () => {
    const [leftEye, rightEye, nose] = landmarks;
    const open: FivePoints = [leftEye, rightEye, nose, [230, 120], [270, 120]];
    const { others } = cropsFor({ input, alignment: { template: 'test', points } });
    const eyes = others.find(({ name }) => name === 'the eyes alone')!;
    expectCorners(eyes.mapOf({ ...face, landmarks: open })!, 200, 0, 300, 100);
  });

  it('crops the box', () => {
    expectCorners(mapOf('as a square, × 1.5'), 205, 5, 295, 95);
    expectCorners(mapOf('pulled to a square, × 1.3'), 224, 11, 276, 89);
  });
});

describe('mirrored', () => {
  it('swaps left and right', () => {
    const map = mapOf('as the pack says');
    const [x, y] = applyMap(mirrored(map, input), 10, 20);
    const [wantedX, wantedY] = applyMap(map, 90, 20);
    expect(x).toBeCloseTo(wantedX, 6);
    expect(y).toBeCloseTo(wantedY, 6);
  });
});
