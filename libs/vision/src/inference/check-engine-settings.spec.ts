import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '#shared/config/load-config.js';
import { inferenceConfigSchema } from '../inference.config.js';

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
