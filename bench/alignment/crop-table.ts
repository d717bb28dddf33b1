import { type EmbeddedPhotograph, labelFaces } from '#models/accuracy/embed-photographs.js';
import { operatingPoints } from '#models/accuracy/operating-points.js';
import {
  cosineScorer,
  normalisedScorer,
  scoreAllPairs,
  type ScoredPairs,
} from '#models/accuracy/scored-pairs.js';
import { FALSE_ACCEPT_RATES } from '../accuracy/measure-accuracy.js';
import { normaliserFor } from '../accuracy/normaliser.js';
import {
  cosinePairScorer,
  kFoldAccuracy,
  normalisedPairScorer,
  pairScores,
} from '../accuracy/pair-scores.js';
import { type LabelledPair } from '../accuracy/pairs-file.js';
import { fixedPercent, markdownTable, percent } from '../support/figures.js';
import { type EmbeddingsOfCrops } from './embed-crops.js';
import { compareHalves, missRate, missRatesOfHalves } from './miss-rate.js';

interface Scored {
  readonly pairs: ScoredPairs;
  /** Accuracy on the pairs file; null without a file. */
  readonly accuracy: number | null;
}

/** A table of the crops by cosine similarity. Each is compared with the first. */
export function cosineTable(crops: EmbeddingsOfCrops, pairs: readonly LabelledPair[] | null) {
  return cropTable(crops, (photographs) => {
    const { faces, people } = labelFaces(photographs);
    const scores = pairs && pairScores(pairs, photographs, cosinePairScorer);
    return {
      pairs: scoreAllPairs(faces, people.length, cosineScorer(faces)),
      accuracy: scores && kFoldAccuracy(scores).accuracy,
    };
  });
}

/** The same by normalised scores. The people with one photograph are the cohort. */
export function normalisedTable(crops: EmbeddingsOfCrops, pairs: readonly LabelledPair[] | null) {
  return cropTable(crops, (photographs) => {
    const normaliser = normaliserFor(photographs, { kind: 'sampled' });
    if (!normaliser)
      throw new Error('there are too few people with one photograph to normalise scores');
    const { cohort, trials, normalisation } = normaliser;
    const { faces, people } = labelFaces(trials);
    const scorer = normalisedPairScorer(cohort, normalisation.settings);
    return {
      pairs: scoreAllPairs(faces, people.length, normalisedScorer(faces, normalisation)),
      accuracy: pairs && kFoldAccuracy(pairScores(pairs, photographs, scorer)).accuracy,
    };
  });
}

function cropTable(
  crops: EmbeddingsOfCrops,
  scoreOf: (photographs: readonly EmbeddedPhotograph[]) => Scored,
): string {
  const head = [
    'crop',
    'pairs file',
    ...FALSE_ACCEPT_RATES.map((rate) => `TAR at FAR ${percent(rate)}`),
    'missed',
    'fewer in both halves',
    'more in both halves',
  ];
  let halvesOfFirst: [number, number][] | null = null;
  const rows = [...crops].map(([name, photographs]) => {
    const { pairs, accuracy } = scoreOf(photographs);
    const points = operatingPoints(pairs, FALSE_ACCEPT_RATES);
    const halves = missRatesOfHalves(pairs);
    const compared = halvesOfFirst && compareHalves(halves, halvesOfFirst);
    halvesOfFirst ??= halves;
    return [
      name,
      accuracy === null ? '–' : fixedPercent(accuracy, 2),
      ...FALSE_ACCEPT_RATES.map((rate) => {
        const point = points.find(({ falseAcceptRate }) => falseAcceptRate === rate);
        return point ? fixedPercent(point.trueAcceptRate) : 'too few pairs';
      }),
      fixedPercent(missRate(pairs), 2),
      ...(compared ? [fixedPercent(compared.fewer, 0), fixedPercent(compared.more, 0)] : ['', '']),
    ];
  });
  return markdownTable(head, rows, 1).join('\n');
}
