import { describe, expect, it } from '@jest/globals';
import { type JobOutcome } from '../measuring/run-job.js';
import { providerResult } from './provider-result.js';

const outcome: JobOutcome = {
  nodes: { WebGpuExecutionProvider: 203 },
  embedding: [3, 4],
  batches: [],
  ceilings: [],
  skipped: [],
  peakMemoryMib: 600,
  gpu: null,
  failure: null,
  log: 'DRIVER:  Using "NVIDIA H100" with driver: "libGLX_nvidia.so.0"',
};

function result(changes: Partial<JobOutcome>) {
  const what = { provider: 'webgpu', precision: 'fp16' } as const;
  return providerResult(what, { ...outcome, ...changes }, {}, [6, 8]);
}

describe('providerResult', () => {
  it('reports no problem if a GPU ran everything', () => {
    expect(result({})).toMatchObject({
      device: 'NVIDIA H100 (libGLX_nvidia.so.0)',
      nodeShare: 1,
      agreement: 1,
      warnings: [],
    });
  });

  it('reports nodes that ran on another provider', () => {
    const nodes = { WebGpuExecutionProvider: 150, CPUExecutionProvider: 50 };
    const { nodeShare, warnings } = result({ nodes });
    expect(nodeShare).toBe(0.75);
    expect(warnings).toEqual([expect.stringContaining('50 of 200 nodes ran elsewhere')]);
  });

  it('reports that everything ran on the CPU', () => {
    const { nodeShare, warnings } = result({ nodes: { CPUExecutionProvider: 163 } });
    expect(nodeShare).toBe(0);
    expect(warnings).toHaveLength(1);
  });

  it('reports a software driver', () => {
    const log = 'Using "llvmpipe (LLVM 15.0.6, 256 bits)" with driver: "libvulkan_lvp.so"';
    expect(result({ log }).warnings).toEqual([expect.stringContaining('no GPU was used')]);
  });

  it.each([[[-3, -4]], [[NaN, 1]]])('reports wrong embeddings: %j', (embedding) => {
    expect(result({ embedding }).warnings).toEqual([
      expect.stringContaining("differ from the CPU's"),
    ]);
  });

  it('makes no claims about a run that failed at once', () => {
    const failure = 'Failed to get a WebGPU adapter';
    const failed = result({ nodes: {}, embedding: [], failure, log: 'Found no drivers' });
    expect(failed).toMatchObject({ agreement: null, nodeShare: 0, warnings: [] });
    expect(failed.failure).toContain('VK_DRIVER_FILES');
  });
});
