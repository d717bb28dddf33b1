import { operatingPoints, pairsNeeded } from '../accuracy/operating-points.js';
import { PeopleBootstrap } from '../accuracy/people-bootstrap.js';
import { pairsAmong, type ScoredPairs } from '../accuracy/scored-pairs.js';
import { type Calibration } from '../packs/manifest.js';

type Group = Calibration['groups'][number];

/** Rates that a calibration gives thresholds for, as far as the pairs of strangers suffice. */
export const FALSE_ACCEPT_RATES = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6] as const;

/** Pairs of strangers without which there is no calibration. */
export const LEAST_IMPOSTOR_PAIRS = pairsNeeded(FALSE_ACCEPT_RATES[0]);

/** Digits that rates in a manifest are rounded to. */
const DIGITS = 3;

/** Pairs of strangers and of the same person, and what lets thresholds be read off them. */
export interface Calibrated {
  readonly measured: Omit<Group, 'name'>;
  /** Groups that have too few pairs for a threshold. */
  readonly leftOut: readonly string[];
  readonly groups: readonly Group[];
}

/**
 * Thresholds for all pairs, and for the pairs within each group.
 * @param groupOf name of a person's group by the person's number; null without one
 * @returns null when the pairs do not suffice for any
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
