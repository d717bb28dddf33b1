import { type EmbeddedPhotograph, labelFaces } from '#models/accuracy/embed-photographs.js';
import { type OperatingPoint, operatingPoints } from '#models/accuracy/operating-points.js';
import { type Interval, PeopleBootstrap } from '#models/accuracy/people-bootstrap.js';
import {
  cosineScorer,
  type LabelledFace,
  normalisedScorer,
  scoreAllPairs,
  type Scorer,
} from '#models/accuracy/scored-pairs.js';
import { equalErrorRate, rocCurve, type RocPoint } from './curves.js';
import { type Normaliser } from './normaliser.js';
import {
  cosinePairScorer,
  kFoldAccuracy,
  type KFoldAccuracy,
  normalisedPairScorer,
  pairScores,
} from './pair-scores.js';
import { type LabelledPair } from './pairs-file.js';

export const FALSE_ACCEPT_RATES = [1e-2, 1e-3, 1e-4];

/** Results of one way of scoring on all pairs of some photographs. */
export interface AccuracyRow {
  /** How the pairs are scored. */
  readonly scores: string;
  readonly photographs: number;
  readonly people: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  readonly equalErrorRate: number;
  /** For the rates for which there are enough pairs. */
  readonly points: readonly (OperatingPoint & { readonly trueAcceptInterval: Interval })[];
  readonly curve: readonly RocPoint[];
  /** On the pairs of a file; null without a file. */
  readonly pairsFile: KFoldAccuracy | null;
}

/**
 * Returns a row for cosine similarity. With a normaliser there are two more rows for the photographs outside its
 * cohort: cosine similarity and normalised scores.
 */
export function measureAccuracy(
  photographs: readonly EmbeddedPhotograph[],
  pairs: readonly LabelledPair[] | null,
  normaliser: Normaliser | null,
): AccuracyRow[] {
  const plain = pairs && kFoldAccuracy(pairScores(pairs, photographs, cosinePairScorer));
  const rows = [{ scores: 'cosine', pairsFile: plain, ...measure(photographs, cosineScorer) }];
  if (!normaliser) return rows;
  const { cohort, trials, normalisation } = normaliser;
  const scorer = normalisedPairScorer(cohort, normalisation.settings);
  return [
    ...rows,
    {
      scores: 'cosine, without the cohort',
      pairsFile: plain,
      ...measure(trials, cosineScorer),
    },
    {
      scores: 'normalised',
      pairsFile: pairs && kFoldAccuracy(pairScores(pairs, photographs, scorer)),
      ...measure(trials, (faces) => normalisedScorer(faces, normalisation)),
    },
  ];
}

function measure(
  photographs: readonly EmbeddedPhotograph[],
  scorerOf: (faces: readonly LabelledFace[]) => Scorer,
): Omit<AccuracyRow, 'scores' | 'pairsFile'> {
  const { faces, people } = labelFaces(photographs);
  const pairs = scoreAllPairs(faces, people.length, scorerOf(faces));
  const bootstrap = new PeopleBootstrap(pairs);
  return {
    photographs: photographs.length,
    people: people.length,
    genuinePairs: pairs.genuine.scores.length,
    impostorPairs: pairs.impostor.scores.length,
    equalErrorRate: equalErrorRate(pairs),
    points: operatingPoints(pairs, FALSE_ACCEPT_RATES).map((point) => {
      return { ...point, trueAcceptInterval: bootstrap.trueAcceptInterval(point.threshold) };
    }),
    curve: rocCurve(pairs),
  };
}
