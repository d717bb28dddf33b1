import { type UnknownReason } from '#shared/contracts/match-event.contract.js';
import { type Metric } from '#shared/models/manifest.js';
import { thresholdAt, type MeasuredThreshold, type Threshold } from './recognition/threshold.js';

/** What says from which score on two faces are one person. */
export type ThresholdSource =
  | {
      readonly kind: 'calibration';
      /** Points for all faces, or for each of several groups: the strictest group counts. */
      readonly measured: readonly (readonly MeasuredThreshold[])[];
    }
  | { readonly kind: 'set'; readonly score: number }
  /** Nothing does, so nobody is named; `problem` says what to do. */
  | { readonly kind: 'none'; readonly problem: string };

export interface MatchPolicy {
  /** What scores, thresholds and the margin are in. */
  readonly metric: Metric;
  readonly source: ThresholdSource;
  /** How often a face of somebody who is not enrolled may be given some name. */
  readonly falseAcceptRate: number;
  /** Lead over the best other person that naming needs. */
  readonly margin: number;
}

/** A person as the gallery sees one face. */
export interface RankedPerson {
  readonly personId: string;
  /** Of the person's best template. */
  readonly score: number;
}

export interface Decision {
  readonly person: RankedPerson | null;
  /** Best other person, whether or not it passed. */
  readonly runnerUp: RankedPerson | null;
  readonly reason: UnknownReason | null;
}

/**
 * Lowest score that is accepted when a face is compared with so many templates. A stranger has one
 * chance per template; each comparison is held to its part of the rate, and all together stay within
 * it however the templates depend on each other (Bonferroni: 1 − (1 − p)^N ≤ N·p).
 * @param rate how often a stranger may pass at least one of the comparisons
 * @returns null when nothing says so
 */
export function requiredScore(
  { metric, source }: Pick<MatchPolicy, 'metric' | 'source'>,
  rate: number,
  comparisons: number,
): Threshold | null {
  if (source.kind === 'none') return null;
  if (source.kind === 'set') return { score: source.score, basis: 'set' };
  return source.measured
    .map((points) => thresholdAt(points, rate / Math.max(1, comparisons), metric))
    .reduce((strictest, threshold) => (threshold.score > strictest.score ? threshold : strictest));
}

/**
 * Names the best person when its score suffices and no other person comes near, else says why not.
 * @param people best first
 */
export function decide(
  people: readonly RankedPerson[],
  threshold: Threshold | null,
  margin: number,
): Decision {
  const [best, second] = people;
  const unknown = (reason: UnknownReason) => ({ person: null, runnerUp: best ?? null, reason });
  if (!threshold) return unknown('uncalibrated');
  if (!best) return unknown('empty-gallery');
  if (best.score < threshold.score) return unknown('below-threshold');
  if (second && best.score - second.score < margin) return unknown('ambiguous');
  return { person: best, runnerUp: second ?? null, reason: null };
}
