import { describe, expect, it } from '@jest/globals';
import { type ProviderResult } from './provider-result.js';
import { markdownReport, rates, type Report } from './report.js';

const network = { flop: 2e9, moved: 10e6, weights: 20e6 };
const timing = { medianMs: 10, spread: 0.01, runs: 30 };
const batch = { batch: 8, copied: timing, resident: { ...timing, medianMs: 8 } };

const result: ProviderResult = {
  provider: 'webgpu',
  precision: 'fp16',
  device: 'NVIDIA H100',
  nodes: { WebGpuExecutionProvider: 203 },
  nodeShare: 1,
  agreement: 0.9998,
  warnings: [],
  batches: [batch],
  skipped: [],
  peakMemoryMib: 600,
  failure: null,
  ceilings: [
    { name: 'matmul', perSecond: 10e12, size: 4096 },
    { name: 'conv', perSecond: 8e12, size: 64 },
    { name: 'memory', perSecond: 100e9, size: 16384 },
  ],
  gpu: { peakMemoryMib: 4000, peakUtilisation: 0.99 },
};

function reportOf(...results: ProviderResult[]): Report {
  const machine = {
    processor: 'CPU',
    cores: 2,
    memoryGib: 24,
    system: 'Linux',
    kernel: '6',
    glibc: '2.36',
    node: '20.20.2',
    onnxRuntime: '1.30.0',
    gpus: [],
  };
  return { machine, seconds: 2, network, notes: [], results };
}

describe('rates', () => {
  it('calculates faces/s with and without copying pixels, and the work as a share of the ceilings', () => {
    expect(rates(batch, result, network)).toEqual({
      facesPerSecond: 800,
      residentFacesPerSecond: 1000,
      flops: 2e12,
      flopsShare: 0.2,
      bytes: 25e9,
      bytesShare: 0.25,
    });
  });

  it('has no share of a ceiling that was not measured', () => {
    const shares = rates(batch, { ...result, ceilings: [] }, network);
    expect(shares).toMatchObject({ flopsShare: null, bytesShare: null });
  });
});

describe('markdownReport', () => {
  it('has a row per batch', () => {
    const text = markdownReport(reportOf(result));
    expect(text).toContain('## webgpu, fp16: NVIDIA H100');
    expect(text).toContain('| 8 | 10.0 | 800 | 1000 | 2.00 | 20.0 % | 25.0 | 25.0 % | 1.0 % |');
    expect(text).toContain('GPUs that nvidia-smi knows: none');
  });

  it('gives the reason for missing rows', () => {
    const failed = { ...result, batches: [], ceilings: [], failure: 'no driver' };
    expect(markdownReport(reportOf(failed))).toContain('**not measured: no driver**');
    expect(markdownReport(reportOf({ ...result, failure: 'the card fell out' }))).toContain(
      '**broke off: the card fell out**',
    );
  });
});
