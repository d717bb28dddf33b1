import { describe, expect, it } from '@jest/globals';
import { RateWindow } from './rate-window.js';

describe('RateWindow', () => {
  it('knows nothing from one sample', () => {
    const rate = new RateWindow(10_000);
    expect(rate.perSecond).toBeNull();
    rate.add(0, 5);
    expect(rate.perSecond).toBeNull();
  });

  it('measures the last while only', () => {
    const rate = new RateWindow(10_000);
    for (let second = 0; second <= 20; second++) rate.add(second * 1000, second * 100);
    for (let second = 21; second <= 31; second++) rate.add(second * 1000, 2000 + second * 5 - 100);
    expect(rate.perSecond).toBeCloseTo(5);
  });

  it('falls to zero when nothing comes out any more', () => {
    const rate = new RateWindow(2_000);
    for (let second = 0; second <= 5; second++) rate.add(second * 1000, 7);
    expect(rate.perSecond).toBe(0);
  });
});
