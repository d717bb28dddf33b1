import { Counter, Histogram } from 'prom-client';
import { type UnknownReason } from '#shared/contracts/match-event.contract.js';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { registers, tenantLabel, WAITS } from '#shared/platform/observability/metrics.js';
import { type Recognition } from '../recognition/recogniser.js';

/** Label of a decision. */
type Verdict = 'named' | UnknownReason;

/** Cosine similarities from 0 to 1 in steps of 0.05; outside of that range scores in standard deviations. */
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
  help: 'Score of the best person of each face, by decision and by metric of the score.',
  labelNames: ['decision', 'metric'],
  buckets: SCORES,
  registers,
});

const decided = new Counter({
  name: 'sightline_faces_decided_total',
  help: 'Faces by decision: named, or the reason why not.',
  labelNames: ['decision', 'tenant'],
  registers,
});

const events = new Counter({
  name: 'sightline_events_total',
  help: 'Match events that this process added to the event stream.',
  registers,
});

const eventDelay = new Histogram({
  name: 'sightline_event_delay_seconds',
  help: "Time from the camera's timestamp of an image until its match events are in the event stream.",
  labelNames: ['lane'],
  buckets: WAITS,
  registers,
});

/** Counts the decisions and events of one finished image. */
export function measureMatch(
  payload: MatchFacesPayload,
  recognitions: readonly Recognition[],
): void {
  for (const { decision, metric } of recognitions) {
    const verdict: Verdict = decision.reason ?? 'named';
    decided.inc({ decision: verdict, tenant: tenantLabel.of(payload.tenant) });
    const best = decision.person ?? decision.runnerUp;
    if (best) scores.observe({ decision: verdict, metric }, best.score);
  }
  events.inc(recognitions.length);
  if (recognitions.length > 0) measureDelay(payload, Date.now());
}

/**
 * Only for the live lane: the time of an archived image is when its object was last changed.
 * @param now milliseconds since the epoch
 */
function measureDelay({ lane, observedAt }: MatchFacesPayload, now: number): void {
  if (lane !== 'live' || observedAt === null) return;
  // The camera's clock may be ahead.
  eventDelay.observe({ lane }, Math.max(0, now - Date.parse(observedAt)) / 1000);
}
