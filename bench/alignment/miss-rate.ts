import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { pairsAmong, type ScoredPairs } from '#models/accuracy/scored-pairs.js';
import { shareAbove } from '../accuracy/curves.js';

/** From 0.01 to 1 %, in equal logarithmic steps. The result for a single rate depends on too few strangers. */
const FALSE_ACCEPT_RATES = Array.from({ length: 9 }, (_, i) => 10 ** (i / 4 - 4));

const HALVINGS = 20;
const SEED = 1;

/** Share of same-person pairs that are not accepted, mean over false-accept rates of 0.01 to 1 %. */
export function missRate({ genuine, impostor }: ScoredPairs): number {
  const same = genuine.scores.toSorted();
  const strangers = impostor.scores.toSorted().reverse();
  const accepted = FALSE_ACCEPT_RATES.map((rate) =>
    shareAbove(same, strangers[Math.floor(rate * strangers.length)]!),
  );
  return 1 - accepted.reduce((sum, share) => sum + share, 0) / accepted.length;
}

/** Miss rates of both halves of the people, for many ways to divide them. Always the same divisions. */
export function missRatesOfHalves(pairs: ScoredPairs): [number, number][] {
  const random = seededRandom(SEED);
  return Array.from({ length: HALVINGS }, () => {
    const isFirst = Array.from(pairs.facesOf, () => random() < 0.5);
    const half = (first: boolean) => pairsAmong(pairs, (person) => isFirst[person] === first);
    return [missRate(half(true)), missRate(half(false))];
  });
}

/** Share of the divisions in which a crop misses fewer (or more) pairs than another one in both halves. */
export function compareHalves(
  one: readonly (readonly [number, number])[],
  other: readonly (readonly [number, number])[],
): { readonly fewer: number; readonly more: number } {
  const both = (is: (a: number, b: number) => boolean) =>
    one.filter(([a, b], i) => is(a, other[i]![0]) && is(b, other[i]![1])).length / one.length;
  return { fewer: both((a, b) => a < b), more: both((a, b) => a > b) };
}
