/** A cosine similarity and the false-accept rate that was measured at it. */
export interface MeasuredThreshold {
  readonly falseAcceptRate: number;
  readonly threshold: number;
}

/** Half of all strangers' pairs have a cosine similarity above 0. */
const CHANCE: MeasuredThreshold = { falseAcceptRate: 0.5, threshold: 0 };

/**
 * Lowest similarity that keeps the false-accept rate of one comparison at `rate`: a measured point,
 * or a straight line in log(rate) between two of them. Past the strictest one the last line goes on,
 * which errs on the strict side (strangers' scores fall off faster than exponentially).
 * A rate looser than every measured one gets the loosest measured threshold.
 */
export function thresholdAt(measured: readonly MeasuredThreshold[], rate: number): number {
  const points = [...measured].sort((a, b) => b.falseAcceptRate - a.falseAcceptRate);
  const loosest = points[0]!;
  if (rate >= loosest.falseAcceptRate) return loosest.threshold;
  const next = points.findIndex((point) => point.falseAcceptRate <= rate);
  const upper = next === -1 ? points.length - 1 : next;
  return onLine(points[upper - 1] ?? CHANCE, points[upper]!, rate);
}

function onLine(loose: MeasuredThreshold, strict: MeasuredThreshold, rate: number): number {
  const decades = Math.log(loose.falseAcceptRate / strict.falseAcceptRate);
  const share = Math.log(loose.falseAcceptRate / rate) / decades;
  return strict.threshold - (1 - share) * (strict.threshold - loose.threshold);
}
