import { describe, expect, it } from '@jest/globals';
import { parseOptions } from './options.js';

describe('parseOptions', () => {
  it('measures everything by default', () => {
    expect(parseOptions([])).toMatchObject({
      providers: ['webgpu', 'cuda', 'cpu'],
      precisions: ['fp32', 'fp16'],
      batches: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      providersNamed: false,
    });
  });

  it('accepts lists, and sorts batches in ascending order', () => {
    const args = ['--providers=cuda,tensorrt', '--batches', '32, 1,32', '--seconds', '0.5'];
    expect(parseOptions(args)).toMatchObject({
      providers: ['cuda', 'tensorrt'],
      batches: [1, 32],
      seconds: 0.5,
      providersNamed: true,
    });
  });

  it.each([
    [['--providers', 'opencl'], '--providers'],
    [['--batches', '1,many'], '--batches'],
    [['--batches', '0'], '--batches'],
    [['--seconds', '-1'], '--seconds'],
    [['--fast'], '--fast'],
    [['--providers', 'cpu', '--precisions', 'fp16'], 'fp32 only'],
  ])('refuses %j, with the usage', (args, problem) => {
    expect(() => parseOptions(args)).toThrow(
      expect.objectContaining({
        code: 'GPU_BENCH_OPTIONS',
        message: expect.stringMatching(new RegExp(`${problem}[^]*usage: run`)),
      }),
    );
  });
});
