import {
  fittingCalibration,
  type Calibration,
  type EmbeddingManifest,
} from '#models/packs/manifest.js';
import { type Metric } from '#shared/contracts/embedding.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { requestError } from '../request-error.js';

/** A score and the false accept rate that was measured at it. */
export interface MeasuredThreshold {
  readonly falseAcceptRate: number;
  readonly threshold: number;
}

/** Lowest score that is accepted, and where it comes from. */
export interface Threshold {
  readonly score: number;
  /** `extrapolated`: the rate is stricter than every measured one; `set`: by MATCH_THRESHOLD. */
  readonly basis: 'measured' | 'extrapolated' | 'set';
}

/** Where thresholds come from. */
export type ThresholdSource =
  | {
      readonly kind: 'calibration';
      /** One list of points, or one per group: then the strictest group counts. */
      readonly measured: readonly (readonly MeasuredThreshold[])[];
    }
  | { readonly kind: 'set'; readonly score: number }
  /** There are no thresholds, so no face is named; `problem` says what to do. */
  | { readonly kind: 'none'; readonly problem: string };

/** The metric of scores, and where thresholds for them come from. */
export interface ScoreThresholds {
  readonly metric: Metric;
  readonly source: ThresholdSource;
}

/**
 * Lowest score that is accepted when a face is compared with `comparisons` templates. A stranger has
 * one chance per template. Each comparison gets an equal share of the rate, so that all of them
 * together stay within it, however the templates depend on each other (Bonferroni:
 * 1 − (1 − p)^N ≤ N·p).
 * @param rate how often a stranger may pass at least one of the comparisons
 * @returns null when there are no thresholds
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

/**
 * The same as `requiredScore`, for requests that cannot be answered without a threshold.
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

interface ThresholdView {
  readonly threshold: number;
  readonly thresholdBasis: Threshold['basis'];
}

interface NoThresholdView {
  readonly threshold: null;
  readonly thresholdBasis: null;
}

/** A threshold as HTTP answers show it; null when the pack is uncalibrated. */
export function thresholdView(threshold: Threshold): ThresholdView;
export function thresholdView(threshold: Threshold | null): ThresholdView | NoThresholdView;
export function thresholdView(threshold: Threshold | null) {
  return { threshold: threshold?.score ?? null, thresholdBasis: threshold?.basis ?? null };
}

/**
 * Lowest score that keeps the false accept rate of one comparison at `rate`. It is a measured point,
 * or lies on a straight line in log(rate) between two points.
 * - Stricter than every measured rate: the last line continues. This errs on the strict side, because
 *   the scores of strangers fall off faster than exponentially.
 * - Looser than every measured rate: the loosest measured threshold.
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
  const loose = points[upper - 1] ?? assumedLooserPoint(strict, metric);
  return {
    score: interpolate(loose, strict, rate),
    basis: next === -1 ? 'extrapolated' : 'measured',
  };
}

/**
 * The second point of the line when only one point was measured. Cosine: half of all pairs of
 * strangers have a similarity above 0. AS-norm: the rate of an exponential tail falls by a factor
 * of e per standard deviation, which is the metric's unit.
 */
function assumedLooserPoint(only: MeasuredThreshold, metric: Metric): MeasuredThreshold {
  if (metric === 'cosine') return { falseAcceptRate: 0.5, threshold: 0 };
  return { falseAcceptRate: only.falseAcceptRate * Math.E, threshold: only.threshold - 1 };
}

function interpolate(loose: MeasuredThreshold, strict: MeasuredThreshold, rate: number): number {
  const span = Math.log(loose.falseAcceptRate / strict.falseAcceptRate);
  const share = Math.log(loose.falseAcceptRate / rate) / span;
  return strict.threshold - (1 - share) * (strict.threshold - loose.threshold);
}

/** The fields of a pack that decide which calibration is valid. */
export type CalibratedPack = Pick<
  EmbeddingManifest,
  'name' | 'alignment' | 'normalisation' | 'calibrations'
>;

interface ThresholdSettings {
  /** Detection pack that finds the faces. */
  readonly detector: string;
  /** `all`, `strictest` or the name of a group. */
  readonly group: string;
  /** A score that replaces the calibration. */
  readonly score: number | undefined;
}

/**
 * The set score, or the pack's thresholds for this detector, alignment, metric and cohort.
 * @throws PipelineError MATCH_GROUP_UNKNOWN when the calibration has no such group
 */
export function thresholdSource(
  pack: CalibratedPack,
  { detector, group, score }: ThresholdSettings,
): ThresholdSource {
  if (score !== undefined) return { kind: 'set', score };
  const calibration = fittingCalibration(pack, detector);
  if (!calibration) return { kind: 'none', problem: uncalibrated(pack, detector) };
  return { kind: 'calibration', measured: measuredOf(calibration, pack.name, group) };
}

/**
 * Cosine similarity at which two faces count as one person where a mistake costs little: the value of
 * the pack's normalisation, otherwise its strictest measured threshold.
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
        ? 'is not labelled with groups: calibrate it with labelled photographs'
        : `has the groups ${names.join(', ')}: name one of them`;
    throw new PipelineError(
      'MATCH_GROUP_UNKNOWN',
      `MATCH_GROUP=${wanted}: the calibration of model pack ${pack} ${known}, or do not set MATCH_GROUP`,
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
    `model pack ${name} has no thresholds for faces found by ${detector}, aligned as ` +
    `${alignment.template}, in ${metric}: measure them with ` +
    `npm run sightline -- models calibrate ${name} --images DIR, or set MATCH_THRESHOLD to a score`
  );
}
