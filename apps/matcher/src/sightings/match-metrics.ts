import { Counter, Histogram } from 'prom-client';
import { type UnknownReason } from '#shared/contracts/match-event.contract.js';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { registers, WAITS, tenantLabel } from '#shared/platform/observability/metrics.js';
import { type Decision } from '../recognition/match-policy.js';
import { type Recognition } from '../recognition/recogniser.js';

/** What became of a face. */
type Verdict = 'named' | UnknownReason;

/** Cosine similarity up to 1 in steps of 0.05, and beyond both ends standard deviations above strangers. */
const SCORES = [
  -4,
  -3,
  -2,
  -1,
  -0.5,
  -0.2,
  -0.1,
  -0.05,
  ...Array.from({ length: 21 }, (_, i) => i / 20),
  1.5,
  2,
  2.5,
  3,
  3.5,
  4,
  4.5,
  5,
  6,
  7,
  8,
  10,
  12,
  15,
  20,
];

const scores = new Histogram({
  name: 'sightline_match_score',
  help: 'Score of the best person of each face, by what was decided and the metric of the score.',
  labelNames: ['decision', 'metric'],
  buckets: SCORES,
  registers,
});

const decided = new Counter({
  name: 'sightline_faces_decided_total',
  help: 'Faces that were named, or why they were not.',
  labelNames: ['decision', 'tenant'],
  registers,
});

const eventDelay = new Histogram({
  name: 'sightline_event_delay_seconds',
  help: 'From the moment that a camera says it took the picture until its events are out.',
  labelNames: ['lane'],
  buckets: WAITS,
  registers,
});

export function countDecisions(tenant: string, recognitions: readonly Recognition[]): void {
  for (const { decision, metric } of recognitions) {
    const verdict = verdictOf(decision);
    decided.inc({ decision: verdict, tenant: tenantLabel.of(tenant) });
    const best = decision.person ?? decision.runnerUp;
    if (best) scores.observe({ decision: verdict, metric }, best.score);
  }
}

/**
 * Of the live lane alone: what an archive's object says of its time is when it was last changed.
 * @param now milliseconds since the epoch
 */
export function recordEventDelay({ lane, observedAt }: MatchFacesPayload, now: number): void {
  if (lane !== 'live' || observedAt === null) return;
  // The camera's clock may run ahead.
  eventDelay.observe({ lane }, Math.max(0, now - Date.parse(observedAt)) / 1000);
}

function verdictOf({ reason }: Decision): Verdict {
  return reason ?? 'named';
}
