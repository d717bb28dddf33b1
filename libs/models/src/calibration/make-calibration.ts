import { operatingPoints, pairsNeeded } from '../accuracy/operating-points.js';
import { PeopleBootstrap } from '../accuracy/people-bootstrap.js';
import { pairsAmong, type ScoredPairs } from '../accuracy/scored-pairs.js';
import { type Calibration } from '../packs/manifest.js';

type Group = Calibration['groups'][number];

/** False accept rates of a calibration. Those with too few impostor pairs are left out. */
export const FALSE_ACCEPT_RATES = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6] as const;

/** Minimum number of impostor pairs for a calibration. */
export const MIN_IMPOSTOR_PAIRS = pairsNeeded(FALSE_ACCEPT_RATES[0]);

/** Significant digits of the rates in a manifest. */
const DIGITS = 3;

/** Measured thresholds, overall and per group. */
export interface Calibrated {
  readonly measured: Omit<Group, 'name'>;
  /** Groups with too few pairs for a threshold. */
  readonly leftOut: readonly string[];
  readonly groups: readonly Group[];
}

/**
 * Measures thresholds for all pairs, and for the pairs within each group.
 * @param groupOf group of a person, given by number; null without a group
 * @returns null when there are too few pairs for any threshold
 */
export function calibrate(
  pairs: ScoredPairs,
  groupOf: (person: number) => string | null,
): Calibrated | null {
  const measured = measure(pairs);
  if (!measured) return null;
  const names = [...new Set([...pairs.facesOf.keys()].map(groupOf))].filter(
    (name) => name !== null,
  );
  const groups = names.sort().map((name) => {
    const within = pairsAmong(pairs, (person) => groupOf(person) === name);
    return { name, measured: measure(within) };
  });
  return {
    measured,
    groups: groups.flatMap(({ name, measured: found }) => (found ? [{ name, ...found }] : [])),
    leftOut: groups.filter(({ measured: found }) => !found).map(({ name }) => name),
  };
}

function measure(pairs: ScoredPairs): Calibrated['measured'] | null {
  const bootstrap = new PeopleBootstrap(pairs);
  const points = operatingPoints(pairs, FALSE_ACCEPT_RATES).map((point) => {
    const [low, high] = bootstrap.falseAcceptInterval(point.threshold);
    return {
      falseAcceptRate: point.falseAcceptRate,
      threshold: point.threshold,
      falseAcceptInterval: [rounded(low), rounded(high)] as [number, number],
      trueAcceptRate: rounded(point.trueAcceptRate),
    };
  });
  if (points.length === 0) return null;
  return {
    genuinePairs: pairs.genuine.scores.length,
    impostorPairs: pairs.impostor.scores.length,
    points,
  };
}

function rounded(rate: number): number {
  return Number(rate.toPrecision(DIGITS));
}
