import { type Fleet, ScaledFleet, type Sight } from './fleet.js';
import { type Behavior } from './hpa-behavior.js';
import { type Installation } from './installation.js';
import { OracleFleet } from './oracle-fleet.js';
import { type ScalerSettings } from './scaler.js';

/** 54 images/s: docs/decisions/004-inference-threads.md. What is in hand: k8s/base/settings. The rest is assumed. */
export const CPU: Installation = {
  imagesPerSecond: 54,
  inHand: 32,
  secondsInHand: 0.2,
  startSeconds: 60,
  pricePerHour: 0.2,
};

/** What is in hand: k8s/overlays/gpu. The rest is assumed, none was at hand; five minutes for a node. */
export const GPU: Installation = {
  imagesPerSecond: 400,
  inHand: 128,
  secondsInHand: 0.1,
  startSeconds: 300,
  pricePerHour: 0.8,
};

/** 1.3 ms of CPU an image (docs/scaling.md) of the half core that a pod asks for. The rest is assumed. */
export const MATCHER: Installation = {
  imagesPerSecond: 385,
  inHand: 64,
  secondsInHand: 0.02,
  startSeconds: 30,
  pricePerHour: 0.03,
};

const BEHAVIOR: Behavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Percent', value: 100, periodSeconds: 30 },
      { type: 'Pods', value: 4, periodSeconds: 30 },
    ],
    selectPolicy: 'Max',
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: 'Percent', value: 25, periodSeconds: 60 }],
    selectPolicy: 'Max',
  },
};

/** The embedders of k8s/overlays/production. */
export const PRODUCTION: ScalerSettings = {
  min: 2,
  max: 20,
  pollSeconds: 15,
  cooldownSeconds: 300,
  workPerReplica: 500,
  age: 300,
  behavior: BEHAVIOR,
};

/** Those of k8s/overlays/gpu. */
export const GPU_POOL: ScalerSettings = {
  ...PRODUCTION,
  min: 0,
  max: 8,
  cooldownSeconds: 900,
  workPerReplica: 1_250,
};

/** The matchers of k8s/base; growing is as the HPA does when nothing is said. */
export const MATCHERS: ScalerSettings = {
  min: 2,
  max: 8,
  pollSeconds: 15,
  cooldownSeconds: 300,
  workPerReplica: 1_000,
  age: null,
  behavior: {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      policies: [
        { type: 'Percent', value: 100, periodSeconds: 15 },
        { type: 'Pods', value: 4, periodSeconds: 15 },
      ],
      selectPolicy: 'Max',
    },
    scaleDown: {
      stabilizationWindowSeconds: 300,
      policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
      selectPolicy: 'Max',
    },
  },
};

export interface Candidate {
  readonly name: string;
  readonly fleet: (installation: Installation) => Fleet;
}

function scaled(name: string, settings: ScalerSettings, sight?: Sight): Candidate {
  return { name, fleet: ({ startSeconds }) => new ScaledFleet(settings, startSeconds, sight) };
}

function always(replicas: number): Candidate {
  return scaled(`${replicas} always`, { ...PRODUCTION, min: replicas, max: replicas });
}

function foreseen(settings: ScalerSettings): Candidate {
  const fleet = (installation: Installation) => new OracleFleet(settings, installation);
  return { name: 'as needed, the day known before', fleet };
}

const LIVE_ONLY: Sight = (_, live) => ({ work: live, oldestAgeSeconds: 0 });

export const ON_CPU: readonly Candidate[] = [
  always(2),
  always(20),
  foreseen(PRODUCTION),
  scaled("Redis' list alone, as KEDA's redis scaler sees it", PRODUCTION, LIVE_ONLY),
  ...[100, 250, 500, 1_000, 5_000].map((workPerReplica) =>
    scaled(`${workPerReplica} images a replica`, { ...PRODUCTION, workPerReplica }),
  ),
  scaled('500, without the age', { ...PRODUCTION, age: null }),
  ...[300, 900, 1_800].map((cooldownSeconds) =>
    scaled(`500, from none, cooldown ${cooldownSeconds} s`, {
      ...PRODUCTION,
      min: 0,
      cooldownSeconds,
    }),
  ),
];

export const ON_GPUS: readonly Candidate[] = [
  always(1),
  always(8),
  foreseen(GPU_POOL),
  ...[300, 900, 1_800].map((cooldownSeconds) =>
    scaled(`1250 images a replica, from none, cooldown ${cooldownSeconds} s`, {
      ...GPU_POOL,
      cooldownSeconds,
    }),
  ),
  ...[500, 1_250, 2_500].map((workPerReplica) =>
    scaled(`${workPerReplica} images a replica, from one`, { ...GPU_POOL, min: 1, workPerReplica }),
  ),
];

export const MATCHING: readonly Candidate[] = [
  always(2),
  foreseen(MATCHERS),
  ...[500, 1_000].map((workPerReplica) =>
    scaled(`${workPerReplica} images a replica`, { ...MATCHERS, workPerReplica }),
  ),
];
