import { usageError } from '#shared/contracts/pipeline-error.js';
import {
  normalisedScore,
  statisticsOfAny,
  usualDeviation,
  type CohortSelection,
  type CohortStatistics,
  type NormalisationSettings,
  dotProduct,
} from '../scoring/as-norm.js';

/** A photograph's face, and the number of the person it is known to show. */
export interface LabelledFace {
  readonly person: number;
  /** Unit norm; null when no face was found. */
  readonly embedding: Float32Array | null;
}

/** How alike two faces are, by their indexes: higher is more alike. */
export type Scorer = (a: number, b: number) => number;

/** Scores of pairs in columns, for there are millions. */
export interface PairColumns {
  readonly scores: Float32Array;
  /** Number of the person of the one face, and of the other. */
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}

export interface ScoredPairs {
  /**
   * Two photographs of one person. Where one of them shows no face the score is −Infinity: the person is
   * not recognised.
   */
  readonly genuine: PairColumns;
  /** Faces of two people. A photograph without a face takes no part: it must not make strangers rarer. */
  readonly impostor: PairColumns;
  /** Faces found, by the person's number. */
  readonly facesOf: Uint32Array;
}

/** They take two gigabytes. */
const MOST_PAIRS = 180_000_000;

/**
 * Compares every face with every other.
 * @param people how many; faces name them by number from 0
 * @throws PipelineError TOO_MANY_PHOTOGRAPHS when the pairs would not fit in memory
 */
export function scoreAllPairs(
  faces: readonly LabelledFace[],
  people: number,
  score: Scorer,
): ScoredPairs {
  const photographsOf = new Uint32Array(people);
  const facesOf = new Uint32Array(people);
  for (const { person, embedding } of faces) {
    photographsOf[person]!++;
    if (embedding) facesOf[person]!++;
  }
  const found = facesOf.reduce((sum, n) => sum + n, 0);
  const genuine = new ColumnWriter(pairsWithin(photographsOf));
  const impostor = new ColumnWriter((found * (found - 1)) / 2 - pairsWithin(facesOf));
  for (const [a, { person, embedding }] of faces.entries()) {
    for (let b = 0; b < a; b++) {
      const other = faces[b]!;
      const comparable = embedding !== null && other.embedding !== null;
      if (other.person === person)
        genuine.add(comparable ? score(a, b) : -Infinity, person, person);
      else if (comparable) impostor.add(score(a, b), person, other.person);
    }
  }
  return { genuine: genuine.columns, impostor: impostor.columns, facesOf };
}

/** The pairs both of whose people are among some. */
export function pairsAmong(pairs: ScoredPairs, isOne: (person: number) => boolean): ScoredPairs {
  return {
    genuine: among(pairs.genuine, isOne),
    impostor: among(pairs.impostor, isOne),
    facesOf: pairs.facesOf.map((faces, person) => (isOne(person) ? faces : 0)),
  };
}

function pairsWithin(countOf: Uint32Array): number {
  return countOf.reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
}

function among(
  { scores, first, second }: PairColumns,
  isOne: (person: number) => boolean,
): PairColumns {
  const isKept = (i: number) => isOne(first[i]!) && isOne(second[i]!);
  const writer = new ColumnWriter(first.reduce((sum, _, i) => sum + Number(isKept(i)), 0));
  for (const [i, score] of scores.entries()) {
    if (isKept(i)) writer.add(score, first[i]!, second[i]!);
  }
  return writer.columns;
}

class ColumnWriter {
  readonly columns: PairColumns;
  private next = 0;

  constructor(length: number) {
    if (length > MOST_PAIRS) {
      throw usageError(
        'TOO_MANY_PHOTOGRAPHS',
        `${length} pairs do not fit in memory; give photographs that make at most ${MOST_PAIRS} (some ${Math.floor(Math.sqrt(2 * MOST_PAIRS))} photographs)`,
      );
    }
    this.columns = {
      scores: new Float32Array(length),
      first: new Uint32Array(length),
      second: new Uint32Array(length),
    };
  }

  add(score: number, first: number, second: number): void {
    this.columns.scores[this.next] = score;
    this.columns.first[this.next] = first;
    this.columns.second[this.next] = second;
    this.next++;
  }
}

/** What measured best with FaceNet (docs/decisions/007). */
export const NORMALISATION = {
  /** How many of a face's most alike strangers count. */
  top: 30,
  /**
   * From this cosine similarity up one of the cohort is taken for the person themselves. With FaceNet
   * one in ten thousand pairs of strangers gets there, with others fewer.
   */
  samePerson: 0.7,
  /** More would say little more, and each probe is compared with all. */
  mostStrangers: 1_000,
} as const;

/** What scores are normalised with. */
export interface Normalisation {
  readonly settings: NormalisationSettings;
  /** Embeddings of strangers, unit norm. */
  readonly cohort: readonly Float32Array[];
}

/** Cosine similarity. The faces that are compared must have been found. */
export function cosineScorer(faces: readonly LabelledFace[]): Scorer {
  return (a, b) => dotProduct(faces[a]!.embedding!, faces[b]!.embedding!);
}

/** Cosine similarity in standard deviations above a cohort of strangers, as the matcher computes it. */
export function normalisedScorer(
  faces: readonly LabelledFace[],
  { cohort, settings }: Normalisation,
): Scorer {
  const statistics = faces.map(({ embedding }) =>
    embedding ? statisticsOf(embedding, cohort, settings) : null,
  );
  const similarity = cosineScorer(faces);
  return (a, b) => normalisedScore(similarity(a, b), statistics[a]!, statistics[b]!);
}

/** @throws PipelineError COHORT_TOO_SMALL when it has not twice as many as count: they would all be alike */
export function normaliseWith(
  cohort: readonly Float32Array[],
  selection: CohortSelection,
): Normalisation {
  if (cohort.length < 2 * selection.top) {
    throw usageError(
      'COHORT_TOO_SMALL',
      `the cohort has ${cohort.length} strangers; for the best ${selection.top} to say anything it takes ${2 * selection.top}`,
    );
  }
  const similarities = cohort.map((face) =>
    cohort.filter((other) => other !== face).map((other) => dotProduct(face, other)),
  );
  return {
    cohort,
    settings: { ...selection, deviation: usualDeviation(similarities, selection) },
  };
}

/** How alike the cohort's strangers are to a face, as in the matcher. */
export function statisticsOf(
  face: Float32Array,
  cohort: readonly Float32Array[],
  settings: NormalisationSettings,
): CohortStatistics {
  const similarities = cohort.map((stranger) => dotProduct(face, stranger));
  return statisticsOfAny(similarities, settings);
}
