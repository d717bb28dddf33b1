import { describe, expect, it, afterEach, beforeEach } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Calibration, embeddingManifestSchema } from '../packs/manifest.js';
import { frFeature } from '../published/default-packs.js';
import { calibratedManifest, writeCalibratedPack } from './calibrated-manifest.js';
import { type NormalisationChoice } from './choose-normalisation.js';

const point = {
  falseAcceptRate: 0.01,
  threshold: 0.3,
  falseAcceptInterval: [0, 0.02] as [number, number],
  trueAcceptRate: 0.9,
};
const measured = { genuinePairs: 5, impostorPairs: 1000, points: [point] };
const calibrated = { measured, groups: [], leftOut: [] };
const source = {
  detector: 'rfb320-68',
  data: 'test',
  cohortData: 'strangers',
  images: 9,
  people: 4,
};
const off: NormalisationChoice = { on: false, reason: 'as asked', gain: null };
const on: NormalisationChoice = {
  on: true,
  normalisation: {
    settings: { top: 2, samePerson: 0.7, deviation: 0.05 },
    cohort: [Float32Array.of(1, 0), Float32Array.of(0, -1)],
  },
  calibrated,
  images: 7,
  people: 2,
  gain: null,
};
const manifest = embeddingManifestSchema.parse(frFeature.manifest);
const of = ({ detector, metric, data }: Calibration) => [detector, metric, data];

describe('calibratedManifest', () => {
  it('replaces the calibration of the same detector, alignment and metric, and keeps others', () => {
    const other = { ...manifest.calibrations[0]!, detector: 'other' };
    const before = { ...manifest, calibrations: [other, ...manifest.calibrations] };
    const after = calibratedManifest(before, source, calibrated, off);
    expect(after.manifest.calibrations.map(of)).toEqual([
      ['other', 'cosine', other.data],
      ['rfb320-68', 'cosine', 'test'],
    ]);
    expect(after.manifest.calibrations[1]).toMatchObject({ ...measured, images: 9, people: 4 });
    expect(after.cohort).toBeNull();
  });

  it('adds a cohort file of little-endian floats that is named by its content', () => {
    const { manifest: after, cohort } = calibratedManifest(manifest, source, calibrated, on);
    expect(cohort!.toString('hex')).toBe('0000803f0000000000000000000080bf');
    const sha256 = createHash('sha256').update(cohort!).digest('hex');
    expect(after.normalisation).toEqual({
      method: 'as-norm',
      top: 2,
      samePerson: 0.7,
      deviation: 0.05,
      cohort: { file: `cohort-${sha256.slice(0, 16)}.f32`, sha256, size: 2, data: 'strangers' },
    });
    expect(after.calibrations.map(of)).toEqual([
      ['rfb320-68', 'cosine', 'test'],
      ['rfb320-68', 'as-norm', 'test'],
    ]);
    expect(after.calibrations[1]).toMatchObject({ cohort: sha256, images: 7, people: 2 });
    expect(embeddingManifestSchema.parse(after)).toEqual(after);
  });

  it('removes normalised thresholds together with their normalisation', () => {
    const normalised = calibratedManifest(manifest, source, calibrated, on).manifest;
    const { manifest: after } = calibratedManifest(normalised, source, calibrated, off);
    expect(after.normalisation).toBeNull();
    expect(after.calibrations.map(of)).toEqual([['rfb320-68', 'cosine', 'test']]);
  });
});

const bare = embeddingManifestSchema.parse(frFeature.manifest);

function normalisedBy(digit: string) {
  const sha256 = digit.repeat(64);
  const cohort = { file: `cohort-${digit.repeat(16)}.f32`, sha256, size: 2, data: 'test' };
  const normalisation = { top: 2, samePerson: 0.7, deviation: 0.05, cohort };
  return { ...bare, normalisation: { method: 'as-norm' as const, ...normalisation } };
}

describe('writeCalibratedPack', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-pack-'));
    await writeFile(path.join(folder, 'embed.onnx'), 'network');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const files = async () => (await readdir(folder)).sort();

  it('writes cohort and manifest, and removes the cohort that was there before', async () => {
    const bytes = Buffer.from('cohort');
    await writeCalibratedPack(folder, { manifest: normalisedBy('a'), cohort: bytes });
    await writeCalibratedPack(folder, { manifest: normalisedBy('b'), cohort: bytes });
    const cohort = 'cohort-bbbbbbbbbbbbbbbb.f32';
    expect(await files()).toEqual([cohort, 'embed.onnx', 'manifest.json']);
    expect(await readFile(path.join(folder, cohort))).toEqual(bytes);
    const manifest = await readFile(path.join(folder, 'manifest.json'), 'utf8');
    expect(JSON.parse(manifest)).toEqual(normalisedBy('b'));
  });

  it('removes the cohort when scores are no longer normalised', async () => {
    await writeCalibratedPack(folder, { manifest: normalisedBy('a'), cohort: Buffer.from('a') });
    await writeCalibratedPack(folder, { manifest: bare, cohort: null });
    expect(await files()).toEqual(['embed.onnx', 'manifest.json']);
  });

  it('leaves the pack unchanged when the manifest cannot be written', async () => {
    const old = { manifest: normalisedBy('a'), cohort: Buffer.from('a') };
    await writeCalibratedPack(folder, old);
    const before = await readFile(path.join(folder, 'manifest.json'));
    await rm(path.join(folder, 'manifest.json'));
    await mkdir(path.join(folder, 'manifest.json'));
    const fresh = { manifest: normalisedBy('b'), cohort: Buffer.from('b') };
    await expect(writeCalibratedPack(folder, fresh)).rejects.toMatchObject({ code: 'EISDIR' });
    await rm(path.join(folder, 'manifest.json'), { recursive: true });
    await writeFile(path.join(folder, 'manifest.json'), before);
    expect(await readFile(path.join(folder, 'cohort-aaaaaaaaaaaaaaaa.f32'), 'utf8')).toBe('a');
  });
});
