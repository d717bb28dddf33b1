import { type Metric } from '#shared/models/manifest.js';

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
