/** Confidence intervals of error rates by resampling people. */
import { type PairColumns, type ScoredPairs } from './scored-pairs.js';

export type Interval = [low: number, high: number];

const RESAMPLES = 1000;
const SEED = 1;
/** Square of the normal quantile for a 95 % interval. */
const Z_SQUARED = 1.96 ** 2;

/** A pair of people and its weight. */
interface Weighted {
  readonly first: number;
  readonly second: number;
  readonly value: number;
}

/**
 * 95 % confidence intervals of shares of pairs. Pairs that share a person are not independent, so people
 * are resampled, and with each of them their pairs (vertex bootstrap: Snijders and Borgatti, Connections
 * 1999; for face pairs: Fogliato, Patil, Perona, Confidence Intervals for Error Rates in 1:1 Matching
 * Tasks, IJCV 2024).
 */
export class PeopleBootstrap {
  private readonly people: readonly number[];
  private readonly genuineOf: Uint32Array;
  /** Per resample: how often each person was drawn. */
  private readonly draws: readonly Uint16Array[];

  constructor(private readonly pairs: ScoredPairs) {
    const { facesOf, genuine } = pairs;
    this.genuineOf = new Uint32Array(facesOf.length);
    for (const person of genuine.first) this.genuineOf[person]!++;
    this.people = [...facesOf.keys()].filter((p) => facesOf[p]! > 0 || this.genuineOf[p]! > 0);
    const random = seededRandom(SEED);
    this.draws = Array.from({ length: RESAMPLES }, () => {
      const times = new Uint16Array(facesOf.length);
      const draw = () => this.people[Math.floor(random() * this.people.length)]!;
      for (const person of this.people.map(draw)) times[person]!++;
      return times;
    });
  }

  /** Interval of the false accept rate at a threshold. */
  falseAcceptInterval(threshold: number): Interval {
    const { impostor } = this.pairs;
    const accepted = reaching(impostor, threshold);
    // Only pairs without a common person are independent.
    const independent = Math.floor(this.people.length / 2);
    if (accepted.length === 0) return withoutVariation(0, independent);
    return this.interval(accepted, (times) => impostorPairs(times, this.pairs.facesOf));
  }

  /** Interval of the true accept rate at a threshold. */
  trueAcceptInterval(threshold: number): Interval {
    const { genuine } = this.pairs;
    const accepted = reaching(genuine, threshold);
    const share = accepted.length / genuine.scores.length;
    const independent = this.genuineOf.filter((n) => n > 0).length;
    if (share === 0 || share === 1) return withoutVariation(share, independent);
    return this.genuineInterval(accepted);
  }

  /** Interval of the mean of a value of genuine pairs. @param valueOf value by the index of the pair */
  meanGenuineInterval(valueOf: (pair: number) => number): Interval {
    const { first, second } = this.pairs.genuine;
    const values = Array.from(first, (person, pair): Weighted => {
      return { first: person, second: second[pair]!, value: valueOf(pair) };
    });
    return this.genuineInterval(values.filter(({ value }) => value !== 0));
  }

  private genuineInterval(weighted: readonly Weighted[]): Interval {
    return this.interval(weighted, (times) =>
      this.genuineOf.reduce((sum, pairs, person) => sum + pairs * times[person]!, 0),
    );
  }

  private interval(
    weighted: readonly Weighted[],
    pairsDrawn: (times: Uint16Array) => number,
  ): Interval {
    const means = this.draws.map((times) => {
      let sum = 0;
      for (const { first, second, value } of weighted) {
        sum += first === second ? value * times[first]! : value * times[first]! * times[second]!;
      }
      return sum / pairsDrawn(times);
    });
    const sorted = means.filter(Number.isFinite).sort((a, b) => a - b);
    return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
  }
}

function reaching({ scores, first, second }: PairColumns, threshold: number): Weighted[] {
  const accepted: Weighted[] = [];
  for (let i = 0; i < scores.length; i++) {
    if (scores[i]! >= threshold) accepted.push({ first: first[i]!, second: second[i]!, value: 1 });
  }
  return accepted;
}

/** Number of impostor pairs when the faces of each person are taken `times` times. */
function impostorPairs(times: Uint16Array, facesOf: Uint32Array): number {
  let all = 0;
  let own = 0;
  for (const [person, faces] of facesOf.entries()) {
    const drawn = times[person]! * faces;
    all += drawn;
    own += drawn * drawn;
  }
  return (all * all - own) / 2;
}

/** Wilson's interval for a share of 0 or 1, for which all resamples are equal. @param independent number of trials */
function withoutVariation(share: 0 | 1, independent: number): Interval {
  const margin = Z_SQUARED / (independent + Z_SQUARED);
  return share === 0 ? [0, margin] : [1 - margin, 1];
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/**
 * Random numbers in [0, 1) that are the same in every run, so that the same photographs give the same
 * manifest (mulberry32 by Tommy Ettinger, public domain).
 */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
