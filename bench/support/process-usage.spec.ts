import { describe, expect, it } from '@jest/globals';
import { cpuSeconds, machineSeconds, parseCpuSeconds } from './process-usage.js';

describe('CPU time', () => {
  it('is read correctly after a command name that looks like fields', () => {
    const stat = '42 (a) 1 2 (b) S 1 42 42 0 -1 4194304 9 0 0 0 150 25 7 7 20 0 4 0 1';
    expect(parseCpuSeconds(stat)).toBe(1.75);
  });

  it('grows with the work of the process and of the machine', async () => {
    const [own, machine] = [await cpuSeconds([process.pid]), machineSeconds()];
    const end = performance.now() + 200;
    while (performance.now() < end);
    expect(await cpuSeconds([process.pid])).toBeGreaterThan(own);
    expect(machineSeconds()).toBeGreaterThan(machine);
  });
});
