import { type CohortMember } from '#models/accuracy/cohort.js';
import { type EmbeddedPhotograph } from '#models/accuracy/embed-photographs.js';
import { statisticsOf } from '#models/accuracy/scored-pairs.js';
import {
  dotProduct,
  type NormalisationSettings,
  normalisedScore,
} from '#models/scoring/as-norm.js';
import { type LabelledPair } from './pairs-file.js';

/** How alike the faces of two photographs are. */
type PairScorer = (a: Found, b: Found) => number;
type Found = EmbeddedPhotograph & { readonly embedding: Float32Array };

/** Scores of the pairs of a file; null where a photograph shows no face. */
export function pairScores(
  pairs: readonly LabelledPair[],
  photographs: readonly EmbeddedPhotograph[],
  score: PairScorer,
): FoldedScore[] {
  return pairs.map(({ first, second, same, fold }) => {
    const [a, b] = [photographs[first]!, photographs[second]!];
    const comparable = isFound(a) && isFound(b);
    return { score: comparable ? score(a, b) : null, same, fold };
  });
}

export const cosinePairScorer: PairScorer = (a, b) => dotProduct(a.embedding, b.embedding);

/** Normalised scores. Whoever of a pair is in the cohort is left out of it for that pair. */
export function normalisedPairScorer(
  cohort: readonly CohortMember[],
  settings: NormalisationSettings,
): PairScorer {
  return (a, b) => {
    const strangers = cohort
      .filter(({ person }) => person === null || (person !== a.person && person !== b.person))
      .map(({ embedding }) => embedding);
    const [probe, template] = [a, b].map((face) =>
      statisticsOf(face.embedding, strangers, settings),
    );
    return normalisedScore(cosinePairScorer(a, b), probe!, template!);
  };
}

function isFound(photograph: EmbeddedPhotograph): photograph is Found {
  return photograph.embedding !== null;
}

/** A pair's score; null when one of its photographs shows no face. */
export interface FoldedScore {
  readonly score: number | null;
  readonly same: boolean;
  readonly fold: number;
}

export interface KFoldAccuracy {
  /** Mean over the folds of the share of pairs told right. */
  readonly accuracy: number;
  /** Of that mean. */
  readonly standardError: number;
  readonly folds: number;
  readonly pairs: number;
}

/**
 * How many pairs are told right, each fold with the threshold that is best on the others (Huang et al.,
 * Labeled Faces in the Wild, 2007). A pair without two faces is told wrong, whichever it is.
 */
export function kFoldAccuracy(pairs: readonly FoldedScore[]): KFoldAccuracy {
  const folds = [...new Set(pairs.map(({ fold }) => fold))];
  const shares = folds.map((fold) => {
    const threshold = bestThreshold(pairs.filter((pair) => pair.fold !== fold));
    const tested = pairs.filter((pair) => pair.fold === fold);
    const right = tested.filter(({ score, same }) => score !== null && score >= threshold === same);
    return right.length / tested.length;
  });
  const accuracy = shares.reduce((sum, share) => sum + share, 0) / folds.length;
  const squares = shares.reduce((sum, share) => sum + (share - accuracy) ** 2, 0);
  const standardError = Math.sqrt(squares / (folds.length - 1) / folds.length);
  return { accuracy, standardError, folds: folds.length, pairs: pairs.length };
}

/**
 * Where most pairs are told right. Of several such thresholds, the middle between the lowest and the
 * highest: single pairs move it least.
 */
export function bestThreshold(pairs: readonly FoldedScore[]): number {
  const scored = pairs
    .flatMap(({ score, same }) => (score === null ? [] : [{ score, same }]))
    .sort((a, b) => a.score - b.score);
  let right = scored.filter(({ same }) => same).length;
  const lowest = scored[0]?.score ?? 0;
  let best = { right, low: lowest, high: lowest };
  for (const [i, { score, same }] of scored.entries()) {
    right += same ? -1 : 1;
    // Only a threshold between two different scores parts them.
    const next = scored[i + 1]?.score;
    if (next === undefined || next === score || right < best.right) continue;
    best = right > best.right ? { right, low: score, high: next } : { ...best, high: next };
  }
  return (best.low + best.high) / 2;
}
