import { describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { WatermarkGate } from './watermark-gate.js';

describe('WatermarkGate', () => {
  it('closes at the high mark and opens again at the low one', async () => {
    let backlog = 0;
    const gate = new WatermarkGate(() => Promise.resolve(backlog), 10, 4);
    const states = [];
    for (backlog of [9, 10, 9, 5, 4, 9, 12, 5]) states.push(await gate.isOpen());
    expect(states).toEqual([true, false, false, false, true, true, false, false]);
  });

  it('lets one addition pass at a time, so that only one can pass the mark', async () => {
    let backlog = 9;
    const gate = new WatermarkGate(() => Promise.resolve(backlog), 10, 4);
    const add = async () => {
      await turn();
      backlog += 100;
    };
    expect(await Promise.all([gate.pass(add), gate.pass(add), gate.pass(add)])).toEqual([
      true,
      false,
      false,
    ]);
    expect(backlog).toBe(109);
  });

  it('lets the next one try after one that failed', async () => {
    const gate = new WatermarkGate(() => Promise.resolve(0), 10, 4);
    const failing = gate.pass(() => Promise.reject(new Error('no')));
    const next = gate.pass(() => Promise.resolve());
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe(true);
  });
});
