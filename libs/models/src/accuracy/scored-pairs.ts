/**
 * Scores of all pairs of faces, genuine (same person) and impostor (two people), and the scorers that
 * compute them: cosine similarity, or normalised as in the matcher.
 */
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

/** The face of a photograph, and the number of the person that it shows. */
export interface LabelledFace {
  readonly person: number;
  /** L2 norm 1; null when no face was found. */
  readonly embedding: Float32Array | null;
}

/** Score of two faces, given by index. A higher score means more similar. */
export type Scorer = (a: number, b: number) => number;

/** Scores of pairs as columns, because there are millions of pairs. */
export interface PairColumns {
  readonly scores: Float32Array;
  /** Number of the person of each of the two faces. */
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}

export interface ScoredPairs {
  /**
   * Pairs of photographs of one person. When no face was found in one of them the score is −Infinity: the
   * person is not recognised.
   */
  readonly genuine: PairColumns;
  /** Pairs of faces of two people. Photographs without a face are ignored: they must not lower the false accept rate. */
  readonly impostor: PairColumns;
  /** Number of faces found, by the number of the person. */
  readonly facesOf: Uint32Array;
}

/** Maximum number of pairs; they need two gigabytes. */
const MAX_PAIRS = 180_000_000;

/**
 * Scores every pair of faces.
 * @param people number of people; faces refer to them by numbers from 0
 * @throws PipelineError TOO_MANY_PHOTOGRAPHS when the pairs do not fit in memory
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

/** The pairs in which both people satisfy a condition. */
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
    if (length > MAX_PAIRS) {
      throw usageError(
        'TOO_MANY_PHOTOGRAPHS',
        `${length} pairs do not fit in memory; use at most ${MAX_PAIRS} pairs (about ${Math.floor(Math.sqrt(2 * MAX_PAIRS))} photographs)`,
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

/** Default settings of the normalisation: the best for FaceNet (docs/decisions/007). */
export const NORMALISATION = {
  /** Number of the most similar strangers of a face that are used. */
  top: 30,
  /**
   * A member of the cohort with at least this cosine similarity counts as the same person. With FaceNet,
   * one in ten thousand impostor pairs reaches it; with other networks, fewer.
   */
  samePerson: 0.7,
  /** Maximum size of the cohort. A larger one hardly helps, and every probe is compared with all members. */
  mostStrangers: 1_000,
} as const;

/** Settings and cohort of a normalisation. */
export interface Normalisation {
  readonly settings: NormalisationSettings;
  /** Embeddings of strangers, L2 norm 1. */
  readonly cohort: readonly Float32Array[];
}

/** Cosine similarity. Both faces must have an embedding. */
export function cosineScorer(faces: readonly LabelledFace[]): Scorer {
  return (a, b) => dotProduct(faces[a]!.embedding!, faces[b]!.embedding!);
}

/** Score normalised with a cohort (AS-norm), as in the matcher. Both faces must have an embedding. */
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

/** @throws PipelineError COHORT_TOO_SMALL when the cohort has fewer than twice `top` members: then the selection is not selective */
export function normaliseWith(
  cohort: readonly Float32Array[],
  selection: CohortSelection,
): Normalisation {
  if (cohort.length < 2 * selection.top) {
    throw usageError(
      'COHORT_TOO_SMALL',
      `the cohort has ${cohort.length} strangers; to use the ${selection.top} most similar ones it needs at least ${2 * selection.top}`,
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

/** Similarity of a face to the cohort, as in the matcher. */
export function statisticsOf(
  face: Float32Array,
  cohort: readonly Float32Array[],
  settings: NormalisationSettings,
): CohortStatistics {
  const similarities = cohort.map((stranger) => dotProduct(face, stranger));
  return statisticsOfAny(similarities, settings);
}
