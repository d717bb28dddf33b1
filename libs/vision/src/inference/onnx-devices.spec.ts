import { describe, expect, it, afterEach, beforeEach } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { devicesToTry, readPlacement, gpuDeviceFiles } from './onnx-devices.js';

describe('devicesToTry', () => {
  it('tries CUDA for auto when its provider is installed, then the CPU', () => {
    expect(devicesToTry('auto', true)).toEqual(['cuda', 'cpu']);
    expect(devicesToTry('auto', false)).toEqual(['cpu']);
  });

  it('never tries the CPU when a GPU is required', () => {
    expect(devicesToTry('gpu', true)).toEqual(['cuda', 'webgpu']);
    expect(devicesToTry('gpu', false)).toEqual(['webgpu']);
  });

  it.each(['cpu', 'cuda', 'tensorrt', 'webgpu'] as const)('tries only %s', (device) => {
    expect(devicesToTry(device, false)).toEqual([device]);
  });
});

const node = (ts: number, dur: number, provider: string) => ({
  cat: 'Node',
  name: 'conv_kernel_time',
  ts,
  dur,
  args: { provider, node_index: '1' },
});
const run = (ts: number, dur: number) => ({
  cat: 'Session',
  name: 'model_run',
  ts,
  dur,
  args: {},
});
const CUDA = 'CUDAExecutionProvider';
const CPU = 'CPUExecutionProvider';

describe('readPlacement', () => {
  it('counts the nodes of the last run by provider, and the time on the CPU', () => {
    const profile = [
      { cat: 'Session', name: 'session_initialization', ts: 0, dur: 50 },
      node(110, 900, CPU),
      run(100, 1000),
      node(2010, 20, CUDA),
      node(2040, 5, CUDA),
      node(2050, 10, CPU),
      run(2000, 100),
    ];
    const placement = readPlacement(JSON.stringify(profile));
    expect(placement.nodes).toBe(3);
    expect([...placement.nodesByProvider]).toEqual([
      [CUDA, 2],
      [CPU, 1],
    ]);
    expect(placement.cpuShare).toBeCloseTo(0.1, 6);
  });

  it('rejects other text and a profile without a run', () => {
    expect(() => readPlacement('{"nodes": 3}')).toThrow();
    expect(() => readPlacement('[')).toThrow();
    expect(() => readPlacement('[]')).toThrow('contains no run');
  });
});

describe('gpuDeviceFiles', () => {
  let dev: string;

  beforeEach(async () => {
    dev = await mkdtemp(path.join(tmpdir(), 'sightline-dev-'));
    for (const name of ['null', 'nvram', 'tty0']) await writeFile(path.join(dev, name), '');
  });
  afterEach(() => rm(dev, { recursive: true }));

  it('finds no device files when there are none', async () => {
    expect(await gpuDeviceFiles(dev)).toEqual([]);
    expect(await gpuDeviceFiles(path.join(dev, 'missing'))).toEqual([]);
  });

  it('finds the device files of NVIDIA, DRM and WSL', async () => {
    await mkdir(path.join(dev, 'dri'));
    for (const name of ['nvidia0', 'nvidiactl', 'dxg', 'dri/card0', 'dri/renderD128']) {
      await writeFile(path.join(dev, name), '');
    }
    expect((await gpuDeviceFiles(dev)).sort()).toEqual(['dri/renderD128', 'dxg', 'nvidia0']);
  });
});
