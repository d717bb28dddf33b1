import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readKerasWeights } from '#models/facenet/read-keras-weights.js';
import { generatedWeights } from '../support/keras-weights.js';
import { tinyFacenet } from '../support/tiny-facenet.js';
import { writeKerasFile, type KerasFileOptions } from '../support/write-keras-file.js';

const candidates = [6, 9].map(tinyFacenet);
const network = tinyFacenet(9);
const weights = generatedWeights(network);
const KERNEL = 'Conv2d_1a_3x3/kernel';
const KERNEL_PATH = '/Conv2d_1a_3x3/Conv2d_1a_3x3/kernel:0';
/** Shape of the first kernel. */
const SHAPE = [3, 3, 3, 4];
const LENGTH = 108;

/** The weights with one value changed. */
function withValue(name: string, index: number, value: number) {
  const values = weights.get(name)!.slice();
  values[index] = value;
  return new Map(weights).set(name, values);
}

describe('readKerasWeights', () => {
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-keras-'));
    file = path.join(folder, 'facenet.h5');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const read = () => readKerasWeights(file, candidates);
  const write = (options?: KerasFileOptions, values = weights) =>
    writeKerasFile(file, network, values, options);
  const refusal = (code: string, part: string) =>
    expect.objectContaining({
      code,
      class: 'quarantine',
      stage: 'models',
      message: expect.stringContaining(part),
    });

  it.each<[string, KerasFileOptions]>([
    ['weights alone', {}],
    ['weights alone without :0', { suffix: '' }],
    ['weights alone without lists of names', { nameless: true }],
    ['a full model', { modelConfig: '{"class_name": "Functional"}' }],
  ])('reads %s', async (_, options) => {
    await write(options);
    const result = await read();
    expect(result.network).toEqual(network);
    expect(result.modelConfig).toBe(options.modelConfig ?? null);
    const values = (tensors: ReadonlyMap<string, Float32Array>) =>
      [...tensors].map(([name, tensor]) => [name, [...tensor]]);
    expect(values(result.weights)).toEqual(values(weights));
  });

  it.each<[string, KerasFileOptions['firstTensor'], string, string]>([
    [
      'made of 64-bit numbers',
      (group, name) => group.create_dataset({ name, data: new Float64Array(LENGTH), shape: SHAPE }),
      'KERAS_LAYOUT_MISMATCH',
      `${KERNEL} is of type float (8 bytes) instead of float32`,
    ],
    [
      'made of integers',
      (group, name) => group.create_dataset({ name, data: new Int32Array(LENGTH), shape: SHAPE }),
      'KERAS_LAYOUT_MISMATCH',
      `${KERNEL} is of type integer (4 bytes) instead of float32`,
    ],
    [
      'made of references to objects',
      (group, name) => {
        const data = new Array(LENGTH).fill(group.create_reference()) as [];
        group.create_dataset({ name, data, shape: SHAPE });
      },
      'KERAS_LAYOUT_MISMATCH',
      `${KERNEL} is of type reference (8 bytes) instead of float32`,
    ],
    [
      'of another shape',
      (group, name) => group.create_dataset({ name, data: new Float32Array(9), shape: [3, 3] }),
      'KERAS_LAYOUT_MISMATCH',
      `${KERNEL} has the shape [3, 3] instead of [3, 3, 3, 4]`,
    ],
    [
      'of a shape that is larger than the memory',
      (group, name) => {
        const unbounded = { data: new Float32Array(0), shape: [0], maxshape: [null], chunks: [64] };
        group.create_dataset({ name, ...unbounded }).resize([1e15]);
      },
      'KERAS_LAYOUT_MISMATCH',
      `${KERNEL} has the shape [1000000000000000] instead of [3, 3, 3, 4]`,
    ],
    [
      'compressed',
      (group, name) => {
        const data = new Float32Array(LENGTH);
        group.create_dataset({ name, data, shape: SHAPE, chunks: SHAPE, compression: 9 });
      },
      'KERAS_FILE_INVALID',
      `${KERNEL} is compressed; unpack the file with: h5repack`,
    ],
    [
      'a soft link',
      (group, name) => group.create_soft_link('/Bottleneck/Bottleneck/kernel:0', name),
      'KERAS_FILE_INVALID',
      `${KERNEL_PATH} is a link`,
    ],
    [
      'a link into another file',
      (group, name) => group.create_external_link('/etc/passwd', '/', name),
      'KERAS_FILE_INVALID',
      `${KERNEL_PATH} is a link`,
    ],
    [
      'a group that contains itself',
      (group, name) => {
        group.create_hard_link(group.path, name);
      },
      'KERAS_LAYOUT_MISMATCH',
      'it has no layer Conv2d_1a_3x3 with weights',
    ],
    [
      'missing',
      () => undefined,
      'KERAS_LAYOUT_MISMATCH',
      'it has no layer Conv2d_1a_3x3 with weights',
    ],
  ])('refuses a kernel that is %s', async (_, firstTensor, code, message) => {
    await write({ firstTensor: firstTensor! });
    await expect(read()).rejects.toEqual(refusal(code, message));
  });

  it.each([
    ['Conv2d_2a_3x3/kernel', 17, Number.NaN, 'has the invalid value NaN at index 17'],
    ['Block_Conv2d_1x1/bias', 3, Infinity, 'has the invalid value Infinity at index 3'],
    ['Bottleneck_BatchNorm/moving_variance', 0, -1, 'has the invalid value -1 at index 0'],
  ])('refuses %s with value %i %d', async (name, index, value, message) => {
    await write({}, withValue(name, index, value));
    await expect(read()).rejects.toEqual(refusal('KERAS_FILE_INVALID', `${name} ${message}`));
  });

  it('refuses lists of names that are too long for any model', async () => {
    const names = new Array<string>(20_000).fill('Conv2d_1a_3x3');
    await write({
      format: 'latest',
      layers: (root) => root.create_attribute('layer_names', names, null, 'S64'),
    });
    await expect(read()).rejects.toEqual(refusal('KERAS_FILE_INVALID', 'layer_names is too long'));
  });

  it('refuses another network, and a file without layers', async () => {
    await write({
      layers: (root) => {
        const group = root.create_group('block1_conv1');
        group.create_dataset({ name: 'kernel:0', data: new Float32Array(9) });
      },
    });
    await expect(read()).rejects.toEqual(
      refusal(
        'KERAS_LAYOUT_MISMATCH',
        'facenet.h5 cannot be imported: this is not FaceNet: it has no layer Conv2d_1a_3x3 with weights; its first layers are block1_conv1',
      ),
    );
    await write({ layers: () => undefined });
    await expect(read()).rejects.toEqual(refusal('KERAS_LAYOUT_MISMATCH', 'no layer Conv2d_1a'));
  });

  it('explains how to convert files of Keras 3', async () => {
    await write({
      layers: (root) => {
        const vars = root.create_group('layers').create_group('conv2d').create_group('vars');
        vars.create_dataset({ name: '0', data: new Float32Array(9) });
      },
    });
    await expect(read()).rejects.toEqual(refusal('KERAS_FILE_UNSUPPORTED', "model.save('"));
    await writeFile(file, 'PK\x03\x04model.keras');
    await expect(read()).rejects.toEqual(refusal('KERAS_FILE_UNSUPPORTED', "model.save('"));
  });

  it('refuses files that are not HDF5, and paths that are not regular files', async () => {
    for (const text of ['', '<!DOCTYPE html>', '\x89HDF\r\n\x1a\n']) {
      await writeFile(file, text, 'latin1');
      await expect(read()).rejects.toEqual(refusal('KERAS_FILE_INVALID', 'facenet.h5'));
    }
    const pipe = path.join(folder, 'pipe.h5');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    await mkdir(path.join(folder, 'folder.h5'));
    for (const name of ['pipe.h5', 'folder.h5', 'missing.h5']) {
      const other = readKerasWeights(path.join(folder, name), candidates);
      await expect(other).rejects.toEqual(refusal('KERAS_FILE_INVALID', name));
    }
  });

  it('refuses a file that is too large before reading it', async () => {
    const handle = await open(file, 'w');
    await handle.truncate(600 * 1024 * 1024);
    await handle.close();
    await expect(read()).rejects.toEqual(refusal('KERAS_FILE_INVALID', 'larger than'));
  });
});
