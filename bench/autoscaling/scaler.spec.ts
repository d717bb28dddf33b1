import { describe, expect, it } from '@jest/globals';
import { GPU_POOL, PRODUCTION } from './candidates.js';
import { Scaler } from './scaler.js';

const QUIET = { work: 0, oldestAgeSeconds: 0 };

function all(replicas: number) {
  return { current: replicas, ready: replicas };
}

describe('Scaler', () => {
  it('takes work divided by its target, within the policy for growing', () => {
    const scaler = new Scaler(PRODUCTION);
    const steps: number[] = [];
    for (const now of [0, 15, 30, 45, 60]) {
      const load = { work: 9_900, oldestAgeSeconds: 1 };
      steps.push(scaler.poll(now, all(steps.at(-1) ?? 2), load));
    }
    // Four more in 30 s, or twice as many.
    expect(steps).toEqual([6, 6, 12, 12, 20]);
  });

  it('multiplies those that are ready by how much too long the oldest has waited', () => {
    const old = { work: 100, oldestAgeSeconds: 600 };
    expect(new Scaler(PRODUCTION).poll(0, all(4), old)).toBe(8);
    expect(new Scaler(PRODUCTION).poll(0, { current: 4, ready: 3 }, old)).toBe(6);
  });

  it('leaves a tenth more or less alone', () => {
    expect(new Scaler(PRODUCTION).poll(0, all(4), { work: 2_190, oldestAgeSeconds: 1 })).toBe(4);
    expect(new Scaler(PRODUCTION).poll(0, all(4), { work: 0, oldestAgeSeconds: 320 })).toBe(4);
  });

  it('shrinks only once nothing was wished for five minutes, a quarter a minute', () => {
    const scaler = new Scaler(PRODUCTION);
    let replicas = scaler.poll(0, all(16), { work: 8_000, oldestAgeSeconds: 1 });
    const after: number[] = [];
    for (let now = 15; now <= 450; now += 15) {
      replicas = scaler.poll(now, all(replicas), QUIET);
      if (now % 75 === 0) after.push(replicas);
    }
    expect(after).toEqual([16, 16, 16, 12, 9, 6]);
  });

  it('goes to none after the cooldown, and from there to one at once', () => {
    const scaler = new Scaler(GPU_POOL);
    const { cooldownSeconds } = GPU_POOL;
    scaler.poll(0, all(1), { work: 1, oldestAgeSeconds: 0 });
    expect(scaler.poll(cooldownSeconds - 15, all(1), QUIET)).toBe(1);
    expect(scaler.poll(cooldownSeconds, all(1), QUIET)).toBe(0);
    expect(scaler.poll(cooldownSeconds + 15, all(0), { work: 5_000, oldestAgeSeconds: 0 })).toBe(1);
  });
});
