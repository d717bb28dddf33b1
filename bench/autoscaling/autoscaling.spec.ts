import { beforeAll, describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { z } from 'zod';
import { buildManifests, K8S } from '../../test/deploy/kubernetes/build-manifests.js';
import { burstyDay } from './bursty-day.js';
import { BASE, CPU, GPU } from './candidates.js';
import { Scaler, type ScalerSettings } from './scaler.js';
import { simulate } from './simulate.js';

const QUIET = { work: 0, oldestAgeSeconds: 0 };

describe('Scaler', () => {
  it('takes work divided by its target, within the policy for growing', () => {
    const scaler = new Scaler(BASE);
    const steps = [0, 15, 30, 45, 60].map((now, i, times) => {
      const before = i === 0 ? 2 : counts[times[i - 1]!]!;
      return (counts[now] = scaler.poll(now, before, { work: 9_900, oldestAgeSeconds: 1 }));
    });
    // Four more in 30 s, or twice as many.
    expect(steps).toEqual([6, 6, 12, 12, 20]);
  });

  const counts: Record<number, number> = {};

  it('multiplies what there is by how much too long the oldest has waited', () => {
    expect(new Scaler(BASE).poll(0, 4, { work: 100, oldestAgeSeconds: 600 })).toBe(8);
  });

  it('leaves a tenth more or less alone', () => {
    expect(new Scaler(BASE).poll(0, 4, { work: 2_190, oldestAgeSeconds: 1 })).toBe(4);
  });

  it('shrinks only once nothing was wished for five minutes, a quarter a minute', () => {
    const scaler = new Scaler(BASE);
    let replicas = scaler.poll(0, 16, { work: 8_000, oldestAgeSeconds: 1 });
    const after: number[] = [];
    for (let now = 15; now <= 450; now += 15) {
      replicas = scaler.poll(now, replicas, QUIET);
      if (now % 75 === 0) after.push(replicas);
    }
    expect(after).toEqual([16, 16, 16, 16, 9, 6]);
  });

  it('goes to none after the cooldown, and from there to one at once', () => {
    const scaler = new Scaler({ ...BASE, min: 0 });
    scaler.poll(0, 1, { work: 1, oldestAgeSeconds: 0 });
    expect(scaler.poll(285, 1, QUIET)).toBe(1);
    expect(scaler.poll(300, 1, QUIET)).toBe(0);
    expect(scaler.poll(315, 0, { work: 5_000, oldestAgeSeconds: 0 })).toBe(1);
  });
});

describe('a day', () => {
  it('is the same for the same seed, and loses no image', () => {
    expect(burstyDay(7)).toEqual(burstyDay(7));
    const day = { live: Array.from({ length: 86_400 }, () => 1), imports: [] };
    const report = simulate(day, CPU, { ...BASE, max: 2 });
    expect(report.left).toBe(0);
    expect(report.replicaHours).toBeCloseTo(48, 1);
  });

  it('keeps cameras ahead of an import that takes all day', () => {
    const day = { live: burstyDay(1).live, imports: [{ at: 0, images: 12_000_000 }] };
    const { liveWaits, left } = simulate(day, CPU, { ...BASE, max: 2 });
    expect(left).toBeGreaterThan(100_000);
    expect(liveWaits[2]).toBeLessThanOrEqual(1);
  });

  it('is not seen by one of Redis’ lists', () => {
    const blind = simulate(burstyDay(1), CPU, { ...BASE, age: null }, (_, live) => ({
      ...{ work: live, oldestAgeSeconds: 0 },
    }));
    expect(blind.changes).toBe(0);
  });
});

const scaledObjectSchema = z.object({
  minReplicaCount: z.number(),
  maxReplicaCount: z.number(),
  pollingInterval: z.number(),
  cooldownPeriod: z.number(),
  advanced: z.object({
    horizontalPodAutoscalerConfig: z.object({
      behavior: z.object({
        scaleUp: z.object({
          policies: z.tuple([
            z.object({ type: z.literal('Percent'), value: z.number(), periodSeconds: z.number() }),
            z.object({ type: z.literal('Pods'), value: z.number(), periodSeconds: z.number() }),
          ]),
        }),
        scaleDown: z.object({
          stabilizationWindowSeconds: z.number(),
          policies: z.tuple([
            z.object({ type: z.literal('Percent'), value: z.number(), periodSeconds: z.number() }),
          ]),
        }),
      }),
    }),
  }),
  triggers: z.tuple([
    z.object({ metadata: z.object({ targetValue: z.coerce.number() }) }),
    z.object({ metadata: z.object({ targetValue: z.coerce.number() }) }),
  ]),
});

async function settingsOf(overlay: string): Promise<ScalerSettings> {
  const manifests = await buildManifests(path.join(K8S, 'overlays', overlay));
  const found = manifests.find(
    ({ kind, metadata }) => kind === 'ScaledObject' && metadata.name === 'embedder',
  );
  const spec = scaledObjectSchema.parse((found as { spec?: unknown } | undefined)?.spec);
  const { scaleUp, scaleDown } = spec.advanced.horizontalPodAutoscalerConfig.behavior;
  const [percent, pods] = scaleUp.policies;
  return {
    ...{ min: spec.minReplicaCount, max: spec.maxReplicaCount, pollSeconds: spec.pollingInterval },
    cooldownSeconds: spec.cooldownPeriod,
    workPerReplica: spec.triggers[0].metadata.targetValue,
    age: spec.triggers[1].metadata.targetValue,
    scaleUp: { percent: percent.value, pods: pods.value, seconds: percent.periodSeconds },
    scaleDown: {
      percent: scaleDown.policies[0].value,
      seconds: scaleDown.policies[0].periodSeconds,
      stabilisationSeconds: scaleDown.stabilizationWindowSeconds,
    },
  };
}

describe('what k8s sets', () => {
  let production: ScalerSettings;
  let gpu: ScalerSettings;

  beforeAll(async () => {
    [production, gpu] = await Promise.all([settingsOf('production'), settingsOf('gpu')]);
  });

  it('is what was simulated', () => {
    expect(production).toEqual(BASE);
  });

  it('can reach its most replicas with as much as ingest puts on the queue', () => {
    for (const { workPerReplica, max } of [production, gpu]) {
      expect(workPerReplica! * max).toBeLessThanOrEqual(CPU.highWater);
    }
  });

  it('does the day: cameras wait no second, imports end, for a fraction of the most', () => {
    const report = simulate(burstyDay(1), CPU, production);
    expect(report.liveWaits[2]).toBeLessThanOrEqual(1);
    expect(report.left).toBe(0);
    expect(report.longestImport).toBeLessThan(0.5);
    expect(report.replicaHours).toBeLessThan(0.25 * production.max * 24);
    expect(report.changes).toBeLessThan(200);
  });

  it('does the day of a GPU pool that may be empty, with cameras that wait for a node', () => {
    const report = simulate(burstyDay(1), GPU, gpu);
    expect(report.longestImport).toBeLessThan(0.5);
    expect(report.liveWaits[2]).toBeLessThanOrEqual(GPU.startSeconds + 2 * gpu.pollSeconds);
  });
});
