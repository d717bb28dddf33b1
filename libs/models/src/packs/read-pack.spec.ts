import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type EmbeddingManifest } from './manifest.js';
import { readCohort } from './read-pack.js';

const bytes = Buffer.from('0000803f0000000000000000000080bf', 'hex');
const sha256 = createHash('sha256').update(bytes).digest('hex');

describe('readCohort', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-cohort-'));
    await writeFile(path.join(folder, 'cohort.f32'), bytes);
  });
  afterAll(() => rm(folder, { recursive: true }));

  function read(change: Partial<NonNullable<EmbeddingManifest['normalisation']>['cohort']> = {}) {
    const cohort = { file: 'cohort.f32', sha256, size: 2, data: 'test', ...change };
    const settings = { top: 2, samePerson: 0.7, deviation: 0.05, cohort };
    const normalisation = { method: 'as-norm' as const, ...settings };
    return readCohort(folder, { name: 'p', dimension: 2, normalisation } as EmbeddingManifest);
  }

  it('reads little-endian floats, one embedding after the other', async () => {
    expect(await read()).toEqual([Float32Array.of(1, 0), Float32Array.of(0, -1)]);
  });

  it('is empty when scores are not normalised', async () => {
    const plain = { name: 'p', dimension: 2, normalisation: null } as EmbeddingManifest;
    expect(await readCohort(folder, plain)).toEqual([]);
  });

  it.each([
    ['is missing', { file: 'no.f32' }, 'no.f32 cannot be read'],
    ['has changed', { sha256: '0'.repeat(64) }, 'has another sha256 than the manifest states'],
    ['has another size', { size: 3 }, 'has 16 bytes, expected 24'],
  ])('rejects a cohort that %s', async (_, change, message) => {
    await expect(read(change)).rejects.toMatchObject({
      code: 'MODEL_PACK_DAMAGED',
      message: expect.stringContaining(message),
    });
  });
});
