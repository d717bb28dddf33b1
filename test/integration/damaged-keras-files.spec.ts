import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readKerasWeights } from '#models/facenet/read-keras-weights.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { generatedWeights, noise } from '../support/keras-weights.js';
import { tinyFacenet } from '../support/tiny-facenet.js';
import { writeKerasFile } from '../support/write-keras-file.js';

const TRUNCATED = 20;
const FLIPPED = 40;
/** Each file is read in a separate thread. */
const TIMEOUT_MS = 120_000;

describe('readKerasWeights of damaged files', () => {
  const network = tinyFacenet(9);
  let folder: string;
  let file: string;
  let whole: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-keras-'));
    file = path.join(folder, 'facenet.h5');
    const modelConfig = '{"class_name": "Functional"}';
    await writeKerasFile(file, network, generatedWeights(network), { modelConfig });
    whole = await readFile(file);
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** The error's code, or null when the file was read. */
  async function codeOf(bytes: Uint8Array): Promise<string | null> {
    await writeFile(file, bytes);
    return readKerasWeights(file, [network]).then(
      () => null,
      (error: unknown) => {
        expect(error).toBeInstanceOf(PipelineError);
        return (error as PipelineError).code;
      },
    );
  }

  it(
    `refuses ${TRUNCATED} that end early`,
    async () => {
      for (let i = 0; i < TRUNCATED; i++) {
        const length = Math.floor((whole.length * i) / TRUNCATED);
        expect(await codeOf(whole.subarray(0, length))).toBe('KERAS_FILE_INVALID');
      }
    },
    TIMEOUT_MS,
  );

  it('reports which layer is damaged, and how', async () => {
    const bytes = Buffer.from(whole);
    // A node of the tree that contains the last layer's tensors.
    bytes.write('SNOT', bytes.lastIndexOf('SNOD'));
    await writeFile(file, bytes);
    await expect(readKerasWeights(file, [network])).rejects.toThrow(
      'facenet.h5 cannot be imported: layer Bottleneck_BatchNorm is damaged (bad symbol table node signature); download or convert it again',
    );
  });

  it(
    `reads or refuses ${FLIPPED} with flipped bits, and the whole file after them`,
    async () => {
      const next = noise(2026);
      const random = (limit: number) => Math.floor(((next() + 1) / 2) * limit);
      const codes = [];
      for (let i = 0; i < FLIPPED; i++) {
        const bytes = Buffer.from(whole);
        for (let flips = 1 + random(20); flips > 0; flips--) {
          bytes[random(bytes.length)]! ^= 1 << random(8);
        }
        codes.push(await codeOf(bytes));
      }
      expect(codes.filter((code) => code !== null && !code.startsWith('KERAS_'))).toEqual([]);
      expect(codes.filter((code) => code !== null).length).toBeGreaterThan(FLIPPED / 4);
      expect(await codeOf(whole)).toBeNull();
    },
    TIMEOUT_MS,
  );
});
