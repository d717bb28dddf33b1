import { type ScalerSettings } from './scaler.js';
import { type Installation, type Sight } from './simulate.js';

/** CPU embedders: 54 images/s on 2 cores (docs/decisions/004-inference-threads.md), a minute to start. */
export const CPU: Installation = {
  ...{ imagesPerSecond: 54, startSeconds: 60 },
  ...{ highWater: 10_000, lowWater: 5_000 },
};

/** GPU embedders: assumed, none was at hand; five minutes for a node. */
export const GPU: Installation = { ...CPU, imagesPerSecond: 400, startSeconds: 300 };

const UP_AND_DOWN = {
  scaleUp: { percent: 100, pods: 4, seconds: 30 },
  scaleDown: { percent: 25, seconds: 60, stabilisationSeconds: 300 },
} as const;

export const BASE: ScalerSettings = {
  ...{ min: 2, max: 20, pollSeconds: 15, cooldownSeconds: 300, workPerReplica: 500, age: 300 },
  ...UP_AND_DOWN,
};

export interface Candidate {
  readonly name: string;
  readonly settings: ScalerSettings;
  readonly sight?: Sight;
}

export const CANDIDATES: readonly Candidate[] = [
  { name: '2 always', settings: { ...BASE, max: 2 } },
  { name: '20 always', settings: { ...BASE, min: 20 } },
  {
    name: "Redis' list alone, as KEDA's redis scaler sees it",
    settings: { ...BASE, age: null },
    sight: (_, live) => ({ work: live, oldestAgeSeconds: 0 }),
  },
  ...[100, 250, 500, 1_000, 5_000].map((workPerReplica) => ({
    name: `${workPerReplica} images a replica`,
    settings: { ...BASE, workPerReplica, age: null },
  })),
  { name: '500 images a replica, age 300 s', settings: BASE },
  { name: '5000 images a replica, age 300 s', settings: { ...BASE, workPerReplica: 5_000 } },
  { name: 'the same as before last, from none', settings: { ...BASE, min: 0 } },
];
