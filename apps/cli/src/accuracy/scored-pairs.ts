import { cliError } from '../cli-error.js';

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
      throw cliError(
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
