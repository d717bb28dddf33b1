import { describe, expect, it } from '@jest/globals';
import { HpaBehavior, type ScalingRules } from './hpa-behavior.js';

const FREE: ScalingRules = {
  stabilizationWindowSeconds: 0,
  policies: [{ type: 'Percent', value: 1_000, periodSeconds: 15 }],
  selectPolicy: 'Max',
};

const POLICIES = [
  { type: 'Percent', value: 50, periodSeconds: 15 },
  { type: 'Pods', value: 2, periodSeconds: 60 },
] as const;

/** Replicas after each poll of 15 s. */
function follow(behavior: HpaBehavior, from: number, wishes: readonly number[]): number[] {
  let replicas = from;
  return wishes.map((wished, poll) => (replicas = behavior.follow(15 * poll, replicas, wished)));
}

describe('HpaBehavior', () => {
  it('grows by the policy that allows most, each over its own period', () => {
    const behavior = new HpaBehavior({ scaleUp: { ...FREE, policies: POLICIES }, scaleDown: FREE });
    expect(follow(behavior, 2, [99, 99, 99, 99])).toEqual([4, 6, 9, 14]);
  });

  it('grows by the one that allows least where that is asked for', () => {
    const scaleUp = { ...FREE, policies: POLICIES, selectPolicy: 'Min' } as const;
    const behavior = new HpaBehavior({ scaleUp, scaleDown: FREE });
    expect(follow(behavior, 8, [99, 99, 99, 99, 99])).toEqual([10, 10, 10, 10, 12]);
  });

  it('shrinks by the policy that allows most, or least', () => {
    const most = { ...FREE, policies: POLICIES };
    expect(follow(new HpaBehavior({ scaleUp: FREE, scaleDown: most }), 16, [0, 0])).toEqual([8, 4]);
    const least = { ...most, selectPolicy: 'Min' } as const;
    const behavior = new HpaBehavior({ scaleUp: FREE, scaleDown: least });
    expect(follow(behavior, 16, [0, 0, 0, 0, 0])).toEqual([14, 14, 14, 14, 12]);
  });

  it('grows only to what was wished all the time within its window', () => {
    const scaleUp = { ...FREE, stabilizationWindowSeconds: 30 };
    const behavior = new HpaBehavior({ scaleUp, scaleDown: FREE });
    expect(follow(behavior, 2, [2, 8, 6, 9, 9])).toEqual([2, 2, 6, 6, 9]);
  });

  it('gives back within a period what came in it', () => {
    const scaleDown = {
      ...FREE,
      policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
    } as const;
    const behavior = new HpaBehavior({ scaleUp: FREE, scaleDown });
    expect(follow(behavior, 4, [8, 0, 0, 0, 0])).toEqual([8, 3, 3, 3, 3]);
  });
});
