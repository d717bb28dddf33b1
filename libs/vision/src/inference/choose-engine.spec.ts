import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { inferenceConfigSchema } from '../inference.config.js';
import { chooseTensorflow } from './choose-engine.js';
import { type ProbeAnswer } from './tensorflow-runtime.js';

const GPU = '@tensorflow/tfjs-node-gpu';
const CPU = '@tensorflow/tfjs-node';

const missing: ProbeAnswer = { ok: false, reason: 'it is not installed' };
const loads = (onGpu: boolean): ProbeAnswer => ({ ok: true, description: 'TensorFlow', onGpu });

/** Settles the settings on a machine that has these packages. */
async function choose(
  settings: Record<string, string>,
  machine: Record<string, ProbeAnswer>,
  hasArtifact = true,
) {
  const probed: string[] = [];
  const chosen = await chooseTensorflow(
    inferenceConfigSchema.parse(settings),
    hasArtifact,
    ({ package: name }) => {
      probed.push(name);
      return Promise.resolve(machine[name] ?? missing);
    },
  );
  return { chosen, probed };
}

describe('INFERENCE_ENGINE=onnxruntime', () => {
  it('never probes TensorFlow', async () => {
    expect(await choose({}, { [GPU]: loads(true) })).toEqual({ chosen: null, probed: [] });
  });
});

describe('INFERENCE_ENGINE=auto', () => {
  const auto = { INFERENCE_ENGINE: 'auto' };

  it('chooses TensorFlow when it loads and finds a GPU', async () => {
    const { chosen } = await choose(auto, { [GPU]: loads(true), [CPU]: loads(false) });
    expect(chosen).toEqual({ package: GPU, backend: 'tensorflow' });
  });

  it.each([
    ['sees no GPU', { [GPU]: loads(false), [CPU]: loads(false) }],
    ['does not load', {}],
  ])('is ONNX Runtime where TensorFlow %s', async (_, machine) => {
    expect(await choose(auto, machine)).toEqual({ chosen: null, probed: [GPU, CPU] });
  });

  it.each(['cpu', 'tensorrt', 'webgpu'])('does not load TensorFlow for %s', async (device) => {
    const settings = { ...auto, INFERENCE_DEVICE: device };
    expect(await choose(settings, { [GPU]: loads(true) })).toEqual({ chosen: null, probed: [] });
  });

  it('does not load TensorFlow for a pack without a TF.js artifact', async () => {
    expect(await choose(auto, { [GPU]: loads(true) }, false)).toEqual({ chosen: null, probed: [] });
  });
});

describe('INFERENCE_ENGINE=tensorflow', () => {
  const tensorflow = { INFERENCE_ENGINE: 'tensorflow' };

  it('tries the GPU build first, and the other one if it does not load', async () => {
    const machine = { [CPU]: loads(false) };
    const { chosen, probed } = await choose(tensorflow, machine);
    expect(chosen).toEqual({ package: CPU, backend: 'tensorflow' });
    expect(probed).toEqual([GPU, CPU]);
  });

  it('lists the packages that it tried when none loads', async () => {
    await expect(choose(tensorflow, {})).rejects.toMatchObject({
      code: 'TENSORFLOW_UNAVAILABLE',
      message: expect.stringMatching(/tfjs-node-gpu: it is not installed; .*npm install/),
    });
  });

  it('rejects the CPU when a GPU is required', async () => {
    const settings = { ...tensorflow, INFERENCE_DEVICE: 'gpu' };
    const { chosen } = await choose(settings, { [GPU]: loads(false), [CPU]: loads(true) });
    expect(chosen?.package).toBe(CPU);
    await expect(choose(settings, { [GPU]: loads(false) })).rejects.toMatchObject({
      code: 'GPU_NOT_USED',
      details: { asked: 'gpu' },
    });
  });

  it('rejects a GPU when the CPU is required', async () => {
    const settings = { ...tensorflow, INFERENCE_DEVICE: 'cpu' };
    const { chosen } = await choose(settings, { [GPU]: loads(true), [CPU]: loads(false) });
    expect(chosen?.package).toBe(CPU);
    await expect(choose(settings, { [GPU]: loads(true) })).rejects.toMatchObject({
      code: 'TENSORFLOW_UNAVAILABLE',
      message: expect.stringContaining('CUDA_VISIBLE_DEVICES=-1'),
    });
  });

  it.each([
    [{ TENSORFLOW_BACKEND: 'wasm' }, '@tensorflow/tfjs'],
    [{ TENSORFLOW_PACKAGE: 'a-build-of-my-own' }, 'a-build-of-my-own'],
  ])('with %j tries only the package %s', async (more, name) => {
    const { chosen, probed } = await choose({ ...tensorflow, ...more }, { [name]: loads(false) });
    expect(chosen?.package).toBe(name);
    expect(probed).toEqual([name]);
  });
});

const load = (settings: Record<string, string>) => loadConfig(inferenceConfigSchema, settings);

describe('engine settings', () => {
  it.each([
    [{}],
    [{ INFERENCE_DEVICE: 'tensorrt' }],
    [{ INFERENCE_ENGINE: 'auto', INFERENCE_DEVICE: 'webgpu' }],
    [{ INFERENCE_ENGINE: 'tensorflow', INFERENCE_DEVICE: 'gpu' }],
    [{ INFERENCE_ENGINE: 'tensorflow', TENSORFLOW_BACKEND: 'wasm', INFERENCE_DEVICE: 'cpu' }],
  ])('%j go together', (settings) => {
    expect(load(settings)).toMatchObject(settings);
  });

  it.each([
    [{ INFERENCE_ENGINE: 'tensorflow', INFERENCE_DEVICE: 'webgpu' }, /INFERENCE_DEVICE: .*webgpu/],
    [
      { INFERENCE_ENGINE: 'tensorflow', TENSORFLOW_BACKEND: 'wasm', INFERENCE_DEVICE: 'cuda' },
      /TENSORFLOW_BACKEND: wasm computes on the CPU/,
    ],
    [{ INFERENCE_ENGINE: 'auto', TENSORFLOW_BACKEND: 'cpu' }, /INFERENCE_ENGINE=tensorflow/],
    [{ INFERENCE_ENGINE: 'caffe' }, /INFERENCE_ENGINE: /],
    [{ INFERENCE_DEVICE: 'tpu' }, /INFERENCE_DEVICE: /],
  ])('%j do not', (settings, problem) => {
    expect(() => load(settings)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(problem),
      }),
    );
  });
});
