import { type CohortMember } from '#models/accuracy/cohort.js';
import { type EmbeddedPhotograph } from '#models/accuracy/embed-photographs.js';
import { statisticsOf } from '#models/accuracy/scored-pairs.js';
import {
  dotProduct,
  type NormalisationSettings,
  normalisedScore,
} from '#models/scoring/as-norm.js';
import { type LabelledPair } from './pairs-file.js';

/** Similarity of the faces of two photographs. */
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

/** Normalised scores. For each pair, its people are left out of the cohort. */
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
  /** Share of correctly classified pairs, mean over the folds. */
  readonly accuracy: number;
  /** Standard error of the mean. */
  readonly standardError: number;
  readonly folds: number;
  readonly pairs: number;
}

/**
 * Share of correctly classified pairs. The threshold for each fold is the best one on the other folds (Huang et al.,
 * Labeled Faces in the Wild, 2007). A pair without two faces counts as wrong.
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
 * The threshold that classifies most pairs correctly. If there are several, the middle between the lowest and the
 * highest, which depends least on single pairs.
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
    // A threshold must lie between two different scores.
    const next = scored[i + 1]?.score;
    if (next === undefined || next === score || right < best.right) continue;
    best = right > best.right ? { right, low: score, high: next } : { ...best, high: next };
  }
  return (best.low + best.high) / 2;
}
