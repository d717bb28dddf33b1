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
    for (backlog of [9, 10, 9, 5, 4, 9, 12, 5]) states.push(await gate.isOpen('a'));
    expect(states).toEqual([true, false, false, false, true, true, false, false]);
  });

  it('closes and opens for each tenant apart', async () => {
    const backlogs = { a: 10, b: 3 };
    const gate = new WatermarkGate(
      (tenant) => Promise.resolve(backlogs[tenant as 'a' | 'b']),
      10,
      4,
    );
    const states = async () => [await gate.isOpen('a'), await gate.isOpen('b')];
    expect(await states()).toEqual([false, true]);
    Object.assign(backlogs, { a: 9, b: 9 });
    expect(await states()).toEqual([false, true]);
    Object.assign(backlogs, { a: 4, b: 10 });
    expect(await states()).toEqual([true, false]);
  });

  it('runs additions one by one, so that only one can go past the mark', async () => {
    let backlog = 9;
    const gate = new WatermarkGate(() => Promise.resolve(backlog), 10, 4);
    const add = async () => {
      await turn();
      backlog += 100;
    };
    expect(
      await Promise.all([gate.pass('a', add), gate.pass('a', add), gate.pass('a', add)]),
    ).toEqual([true, false, false]);
    expect(backlog).toBe(109);
  });

  it('runs the next addition after one has failed', async () => {
    const gate = new WatermarkGate(() => Promise.resolve(0), 10, 4);
    const failing = gate.pass('a', () => Promise.reject(new Error('no')));
    const next = gate.pass('a', () => Promise.resolve());
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe(true);
  });
});
