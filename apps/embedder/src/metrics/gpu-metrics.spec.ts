import { describe, expect, it } from '@jest/globals';
import { parseGpuReport } from './gpu-metrics.js';

describe('parseGpuReport', () => {
  it('reads one line per GPU, MiB as bytes and percent as a ratio', () => {
    expect(parseGpuReport('0, 1024, 81559, 37\n1, 0, 81559, 0\n')).toEqual([
      { gpu: '0', used: 1024 * 1024 ** 2, total: 81_559 * 1024 ** 2, utilisation: 0.37 },
      { gpu: '1', used: 0, total: 81_559 * 1024 ** 2, utilisation: 0 },
    ]);
  });

  it('gives null for values that the driver does not know', () => {
    expect(parseGpuReport('0, [N/A], 81559, [Not Supported]')).toEqual([
      { gpu: '0', used: null, total: 81_559 * 1024 ** 2, utilisation: null },
    ]);
  });

  it('rejects text that is not a report', () => {
    expect(() => parseGpuReport('No devices were found')).toThrow();
    expect(() => parseGpuReport('0, many, 81559, 3')).toThrow();
    expect(parseGpuReport('')).toEqual([]);
  });
});
