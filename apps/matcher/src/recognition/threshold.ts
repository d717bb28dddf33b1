import {
  fittingCalibration,
  type Calibration,
  type EmbeddingManifest,
} from '#models/packs/manifest.js';
import { type Metric } from '#shared/contracts/embedding.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { requestError } from '../request-error.js';

/** A score and the false-accept rate that was measured at it. */
export interface MeasuredThreshold {
  readonly falseAcceptRate: number;
  readonly threshold: number;
}

/** Lowest score that is accepted, and where it comes from. */
export interface Threshold {
  readonly score: number;
  /** `extrapolated`: for a rate stricter than any that was measured; `set`: by MATCH_THRESHOLD. */
  readonly basis: 'measured' | 'extrapolated' | 'set';
}

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

/** What scores are in, and where thresholds for them come from. */
export interface ScoreThresholds {
  readonly metric: Metric;
  readonly source: ThresholdSource;
}

/**
 * Lowest score that keeps the false-accept rate of one comparison at `rate`: a measured point, or a
 * straight line in log(rate) between two of them. Past the strictest one the last line goes on, which
 * errs on the strict side (strangers' scores fall off faster than exponentially).
 * A rate looser than every measured one gets the loosest measured threshold.
 */
export function thresholdAt(
  measured: readonly MeasuredThreshold[],
  rate: number,
  metric: Metric,
): Threshold {
  const points = [...measured].sort((a, b) => b.falseAcceptRate - a.falseAcceptRate);
  const loosest = points[0]!;
  if (rate >= loosest.falseAcceptRate) return { score: loosest.threshold, basis: 'measured' };
  const next = points.findIndex((point) => point.falseAcceptRate <= rate);
  const upper = next === -1 ? points.length - 1 : next;
  const strict = points[upper]!;
  const loose = points[upper - 1] ?? assumedBefore(strict, metric);
  return {
    score: onLine(loose, strict, rate),
    basis: next === -1 ? 'extrapolated' : 'measured',
  };
}

/**
 * Where the line comes from when a single point was measured. Half of all strangers' pairs have a
 * cosine similarity above 0. An exponential tail falls e-fold per standard deviation of what lies in
 * it, the unit of AS-norm.
 */
function assumedBefore(only: MeasuredThreshold, metric: Metric): MeasuredThreshold {
  if (metric === 'cosine') return { falseAcceptRate: 0.5, threshold: 0 };
  return { falseAcceptRate: only.falseAcceptRate * Math.E, threshold: only.threshold - 1 };
}

function onLine(loose: MeasuredThreshold, strict: MeasuredThreshold, rate: number): number {
  const decades = Math.log(loose.falseAcceptRate / strict.falseAcceptRate);
  const share = Math.log(loose.falseAcceptRate / rate) / decades;
  return strict.threshold - (1 - share) * (strict.threshold - loose.threshold);
}

/**
 * Lowest score that is accepted when a face is compared with so many templates. A stranger has one
 * chance per template; each comparison is held to its part of the rate, and all together stay within
 * it however the templates depend on each other (Bonferroni: 1 − (1 − p)^N ≤ N·p).
 * @param rate how often a stranger may pass at least one of the comparisons
 * @returns null when nothing says so
 */
export function requiredScore(
  { metric, source }: ScoreThresholds,
  rate: number,
  comparisons: number,
): Threshold | null {
  if (source.kind === 'none') return null;
  if (source.kind === 'set') return { score: source.score, basis: 'set' };
  return source.measured
    .map((points) => thresholdAt(points, rate / Math.max(1, comparisons), metric))
    .reduce((strictest, threshold) => (threshold.score > strictest.score ? threshold : strictest));
}

/** What of a pack decides which thresholds hold. */
export type CalibratedPack = Pick<
  EmbeddingManifest,
  'name' | 'alignment' | 'normalisation' | 'calibrations'
>;

interface Wanted {
  /** Detection pack that finds the faces. */
  readonly detector: string;
  /** `all`, `strictest` or the name of a group. */
  readonly group: string;
  /** A score that stands in for a calibration. */
  readonly score: number | undefined;
}

/**
 * The pack's thresholds for this detector, alignment, metric and cohort, unless a score is set.
 * @throws PipelineError MATCH_GROUP_UNKNOWN when the calibration has no such group
 */
export function thresholdSource(pack: CalibratedPack, wanted: Wanted): ThresholdSource {
  if (wanted.score !== undefined) return { kind: 'set', score: wanted.score };
  const calibration = fittingCalibration(pack, wanted.detector);
  if (!calibration) return { kind: 'none', problem: uncalibrated(pack, wanted.detector) };
  return { kind: 'calibration', measured: measuredOf(calibration, pack.name, wanted.group) };
}

/**
 * Cosine similarity from which on two faces are taken for one person where a mistake costs little:
 * what the normalisation says, else the strictest threshold that was measured.
 */
export function samePersonSimilarity(pack: CalibratedPack, detector: string): number | undefined {
  if (pack.normalisation) return pack.normalisation.samePerson;
  const thresholds = fittingCalibration(pack, detector)?.points.map(({ threshold }) => threshold);
  return thresholds && Math.max(...thresholds);
}

function measuredOf(
  { points, groups }: Calibration,
  pack: string,
  wanted: string,
): (readonly MeasuredThreshold[])[] {
  if (wanted === 'all') return [points];
  const named = groups.filter(({ name }) => wanted === 'strictest' || name === wanted);
  if (named.length === 0) {
    const names = groups.map(({ name }) => name);
    const known =
      names.length === 0
        ? 'is not labelled with groups: calibrate it with photographs that are'
        : `has the groups ${names.join(', ')}: name one of them`;
    throw new PipelineError(
      'MATCH_GROUP_UNKNOWN',
      `MATCH_GROUP=${wanted}: the calibration of model pack ${pack} ${known}, or leave MATCH_GROUP out`,
      { stage: 'config', class: 'quarantine', details: { pack, wanted, groups: names } },
    );
  }
  const ofGroups = named.map((group) => group.points);
  return wanted === 'strictest' ? [points, ...ofGroups] : ofGroups;
}

function uncalibrated(pack: CalibratedPack, detector: string): string {
  const { name, alignment, normalisation } = pack;
  const metric = normalisation
    ? `as-norm with cohort ${normalisation.cohort.sha256.slice(0, 8)}`
    : 'cosine';
  return (
    `model pack ${name} has no thresholds for the faces that ${detector} finds, aligned as ` +
    `${alignment.template}, in ${metric}: measure them with ` +
    `npm run sightline -- models calibrate ${name} --images DIR, or set MATCH_THRESHOLD to a score`
  );
}

/** A threshold as answers show it; null when the pack is uncalibrated. */
export function thresholdView(threshold: Threshold | null) {
  return { threshold: threshold?.score ?? null, thresholdBasis: threshold?.basis ?? null };
}

/**
 * What `requiredScore` says, for an answer that makes no sense without.
 * @throws PipelineError PACK_UNCALIBRATED (409)
 */
export function requireThreshold(
  policy: ScoreThresholds,
  rate: number,
  comparisons: number,
): Threshold {
  const { source } = policy;
  if (source.kind === 'none') throw requestError(409, 'PACK_UNCALIBRATED', source.problem);
  return requiredScore(policy, rate, comparisons)!;
}
