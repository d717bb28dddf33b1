import { beforeAll, describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { buildManifests, K8S } from '../../test/deploy/kubernetes/build-manifests.js';
import { burstyDay, type Day } from './bursty-day.js';
import { CPU, GPU, GPU_POOL, MATCHER, MATCHERS, PRODUCTION } from './candidates.js';
import { ScaledFleet, type Sight } from './fleet.js';
import { HIGH_WATER, type Installation } from './installation.js';
import { OracleFleet } from './oracle-fleet.js';
import { settingsOf } from './scaled-object.js';
import { type ScalerSettings } from './scaler.js';
import { simulate } from './simulate.js';

const DAY = burstyDay(1);

function scaled(day: Day, installation: Installation, settings: ScalerSettings, sight?: Sight) {
  return simulate(day, installation, new ScaledFleet(settings, installation.startSeconds, sight));
}

describe('a day', () => {
  it('is the same for the same seed, and loses no image', () => {
    expect(burstyDay(7)).toEqual(burstyDay(7));
    const day = { live: Array.from({ length: 86_400 }, () => 1), imports: [] };
    const report = scaled(day, CPU, { ...PRODUCTION, max: 2 });
    expect(report.left).toBe(0);
    expect(report.replicaHours).toBeCloseTo(48, 1);
  });

  it('keeps cameras ahead of an import that takes all day', () => {
    const day = { live: DAY.live, imports: [{ at: 0, images: 12_000_000 }] };
    const { liveWaits, left } = scaled(day, CPU, { ...PRODUCTION, max: 2 });
    expect(left).toBeGreaterThan(100_000);
    expect(liveWaits[2]).toBeLessThanOrEqual(1);
  });

  it('is not seen by one of Redis’ lists', () => {
    const blind = scaled(DAY, CPU, { ...PRODUCTION, age: null }, (_, live) => ({
      work: live,
      oldestAgeSeconds: 0,
    }));
    expect(blind.changes).toBe(0);
  });

  it('keeps the last replica while it has images in hand, though none waits', () => {
    const day = { live: Array.from({ length: 86_400 }, () => 5), imports: [] };
    const fromNone = { ...PRODUCTION, min: 0 };
    expect(scaled(day, CPU, fromNone).changes).toBe(0);
    expect(scaled(day, { ...CPU, secondsInHand: 0 }, fromNone).changes).toBeGreaterThan(100);
  });

  it('is done no sooner than with as many replicas as there is work for, nor for less', () => {
    const best = simulate(DAY, CPU, new OracleFleet(PRODUCTION, CPU));
    const report = scaled(DAY, CPU, PRODUCTION);
    expect(best.left).toBe(0);
    expect(best.longestImport).toBeLessThanOrEqual(report.longestImport);
    expect(best.replicaHours).toBeLessThan(report.replicaHours);
  });

  it('grows by the age only where a replica does less than its target in that many seconds', () => {
    const day = { live: DAY.live.map(() => 0), imports: [{ at: 0, images: 60_000 }] };
    const most = (imagesPerSecond: number, age: number | null) => {
      const settings = { ...PRODUCTION, max: 100, age };
      const { minutes } = scaled(day, { ...CPU, imagesPerSecond }, settings);
      return Math.max(...minutes.map(({ replicas }) => replicas));
    };
    // 500 images in 300 s.
    expect(most(2, 300)).toBe(most(2, null));
    expect(most(1, 300)).toBeGreaterThan(1.25 * most(1, null));
  });
});

async function stageOf(overlay: string, name: string): Promise<ScalerSettings> {
  const manifests = await buildManifests(path.join(K8S, 'overlays', overlay));
  const found = manifests.find(
    ({ kind, metadata }) => kind === 'ScaledObject' && metadata.name === name,
  );
  return settingsOf((found as { spec?: unknown } | undefined)?.spec);
}

describe('what k8s sets', () => {
  let production: ScalerSettings;
  let gpu: ScalerSettings;
  let matchers: ScalerSettings;

  beforeAll(async () => {
    [production, gpu, matchers] = await Promise.all([
      stageOf('production', 'embedder'),
      stageOf('gpu', 'embedder'),
      stageOf('production', 'matcher'),
    ]);
  });

  it('is what was simulated', () => {
    expect(production).toEqual(PRODUCTION);
    expect(gpu).toEqual(GPU_POOL);
    expect(matchers).toEqual(MATCHERS);
  });

  it('can reach its most replicas with as much as ingest puts on the queue', () => {
    for (const { workPerReplica, max } of [production, gpu, matchers]) {
      expect(workPerReplica * max).toBeLessThanOrEqual(HIGH_WATER);
    }
  });

  it('does the day: cameras wait no second, imports end, for a fraction of the most', () => {
    const report = scaled(DAY, CPU, production);
    expect(report.liveWaits[2]).toBeLessThanOrEqual(1);
    expect(report.left).toBe(0);
    expect(report.longestImport).toBeLessThan(0.5);
    expect(report.replicaHours).toBeLessThan(0.25 * production.max * 24);
    expect(report.changes).toBeLessThan(200);
  });

  it('does the day of a GPU pool that may be empty, with cameras that seldom wait for a node', () => {
    const report = scaled(DAY, GPU, gpu);
    expect(report.longestImport).toBeLessThan(0.5);
    expect(report.liveWaits[2]).toBeLessThanOrEqual(1);
    expect(report.left).toBe(0);
    expect(report.replicaHours).toBeLessThan(0.25 * gpu.max * 24);
    expect(report.changes).toBeLessThan(120);
  });

  it('keeps matchers with embedders of either kind', () => {
    for (const embedders of [scaled(DAY, CPU, production), scaled(DAY, GPU, gpu)]) {
      const report = scaled({ live: embedders.done, imports: [] }, MATCHER, matchers);
      expect(report.liveWaits[2]).toBeLessThanOrEqual(30);
      expect(report.left).toBe(0);
      expect(report.changes).toBeLessThan(50);
    }
  });
});
