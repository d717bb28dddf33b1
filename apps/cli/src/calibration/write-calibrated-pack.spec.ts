import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { embeddingManifestSchema } from '#shared/models/manifest.js';
import { frFeature } from '../models/packs/fr-feature.js';
import { writeCalibratedPack } from './write-calibrated-pack.js';

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

  it('leaves the pack as it was when the manifest cannot be placed', async () => {
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
