import { type CohortMember } from '#models/accuracy/cohort.js';
import { type EmbeddedPhotograph } from '#models/accuracy/embed-photographs.js';
import { statisticsOf } from '#models/accuracy/scored-pairs.js';
import {
  dotProduct,
  normalisedScore,
  type NormalisationSettings,
} from '#models/scoring/as-norm.js';
import { type FoldedScore } from './k-fold.js';
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
