import { describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { RateWindow, WatermarkGate } from './import-runner.js';

describe('RateWindow', () => {
  it('has no rate after one sample', () => {
    const rate = new RateWindow(10_000);
    expect(rate.perSecond).toBeNull();
    rate.add(0, 5);
    expect(rate.perSecond).toBeNull();
  });

  it('measures only the window', () => {
    const rate = new RateWindow(10_000);
    for (let second = 0; second <= 20; second++) rate.add(second * 1000, second * 100);
    for (let second = 21; second <= 31; second++) rate.add(second * 1000, 2000 + second * 5 - 100);
    expect(rate.perSecond).toBeCloseTo(5);
  });

  it('falls to zero when no image is finished', () => {
    const rate = new RateWindow(2_000);
    for (let second = 0; second <= 5; second++) rate.add(second * 1000, 7);
    expect(rate.perSecond).toBe(0);
  });
});

describe('WatermarkGate', () => {
  it('closes at the high-water mark and opens again at the low-water mark', async () => {
    let backlog = 0;
    const gate = new WatermarkGate(() => Promise.resolve(backlog), 10, 4);
    const states = [];
    for (backlog of [9, 10, 9, 5, 4, 9, 12, 5]) states.push(await gate.isOpen());
    expect(states).toEqual([true, false, false, false, true, true, false, false]);
  });

  it('runs additions one by one, so that only one can go past the mark', async () => {
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

  it('runs the next addition after one has failed', async () => {
    const gate = new WatermarkGate(() => Promise.resolve(0), 10, 4);
    const failing = gate.pass(() => Promise.reject(new Error('no')));
    const next = gate.pass(() => Promise.resolve());
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe(true);
  });
});
