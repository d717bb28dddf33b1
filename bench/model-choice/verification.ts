import { type Pair, type Photograph } from './labelled-faces.js';

/** Embedding of each photograph's main face; null where none was found, which matches nobody. */
export type Embeddings = readonly (Float32Array | null)[];

/** Higher is more alike. */
export type Similarity = (a: Float32Array, b: Float32Array) => number;

export interface OperatingPoint {
  readonly falseAcceptRate: number;
  /** Lowest similarity that accepts at most that share of strangers. */
  readonly threshold: number;
  readonly trueAcceptRate: number;
}

const NO_FACE = -Infinity;

function compare(embeddings: Embeddings, similarity: Similarity, a: number, b: number): number {
  const first = embeddings[a];
  const second = embeddings[b];
  return first && second ? similarity(first, second) : NO_FACE;
}

/** Share of pairs told right, each fold with the threshold that is best on the others. */
export function pairAccuracy(
  pairs: readonly Pair[],
  embeddings: Embeddings,
  similarity: Similarity,
): number {
  const scored = pairs.map((pair) => ({
    ...pair,
    score: compare(embeddings, similarity, pair.first, pair.second),
  }));
  const right = (of: typeof scored, threshold: number) =>
    of.filter(({ score, same }) => score >= threshold === same).length;
  const folds = [...new Set(pairs.map(({ fold }) => fold))];
  const correct = folds.map((fold) => {
    const others = scored.filter((pair) => pair.fold !== fold);
    const best = others.reduce(
      (found, { score }) => {
        const count = right(others, score);
        return count > found.count ? { threshold: score, count } : found;
      },
      { threshold: 0, count: -1 },
    );
    return right(
      scored.filter((pair) => pair.fold === fold),
      best.threshold,
    );
  });
  return correct.reduce((sum, n) => sum + n, 0) / pairs.length;
}

/** Compares every photograph with every other. */
export function allPairs(
  photographs: readonly Photograph[],
  embeddings: Embeddings,
  similarity: Similarity,
): { genuine: number[]; impostor: number[] } {
  const genuine: number[] = [];
  const impostor: number[] = [];
  for (const [a, { person }] of photographs.entries()) {
    for (let b = 0; b < a; b++) {
      const score = compare(embeddings, similarity, a, b);
      (photographs[b]!.person === person ? genuine : impostor).push(score);
    }
  }
  return { genuine, impostor };
}

export function operatingPoints(
  { genuine, impostor }: { genuine: readonly number[]; impostor: readonly number[] },
  falseAcceptRates: readonly number[],
): OperatingPoint[] {
  const strangers = impostor.toSorted((a, b) => b - a);
  return falseAcceptRates.map((falseAcceptRate) => {
    // The first stranger who must be turned away: accepted is only what is more alike.
    const turnedAway = strangers[Math.floor(falseAcceptRate * strangers.length)]!;
    const accepted = genuine.filter((score) => score > turnedAway).length;
    return {
      falseAcceptRate,
      threshold: turnedAway,
      trueAcceptRate: accepted / genuine.length,
    };
  });
}
