import { describe, expect, it } from '@jest/globals';
import { readPlacement } from './onnx-profile.js';

const node = (ts: number, dur: number, provider: string) => ({
  ...{ cat: 'Node', name: 'conv_kernel_time', ts, dur },
  args: { provider, node_index: '1' },
});
const run = (ts: number, dur: number) => ({
  ...{ cat: 'Session', name: 'model_run', ts, dur, args: {} },
});
const CUDA = 'CUDAExecutionProvider';
const CPU = 'CPUExecutionProvider';

describe('readPlacement', () => {
  it('counts the nodes of the last run by where they ran, and their time on the CPU', () => {
    const profile = [
      { cat: 'Session', name: 'session_initialization', ts: 0, dur: 50 },
      ...[node(110, 900, CPU), run(100, 1000)],
      ...[node(2010, 20, CUDA), node(2040, 5, CUDA), node(2050, 10, CPU), run(2000, 100)],
    ];
    const placement = readPlacement(JSON.stringify(profile));
    expect(placement.nodes).toBe(3);
    expect([...placement.nodesByProvider]).toEqual([
      [CUDA, 2],
      [CPU, 1],
    ]);
    expect(placement.cpuShare).toBeCloseTo(0.1, 6);
  });

  it('does not take another text, or a profile without a run, for one', () => {
    expect(() => readPlacement('{"nodes": 3}')).toThrow();
    expect(() => readPlacement('[')).toThrow();
    expect(() => readPlacement('[]')).toThrow('holds no run');
  });
});
