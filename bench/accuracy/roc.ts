import { type ScoredPairs } from '#models/accuracy/scored-pairs.js';
import { shareAbove } from './share-above.js';

export interface RocPoint {
  readonly falseAcceptRate: number;
  readonly trueAcceptRate: number;
}

const POINTS_PER_DECADE = 40;
/** Fewer accepted strangers say too little about how rare they are. */
const LEAST_ACCEPTED = 10;

/** Points of the ROC curve, at even steps of the false-accept rate's logarithm, from ten strangers up. */
export function rocCurve({ genuine, impostor }: ScoredPairs): RocPoint[] {
  const same = genuine.scores.toSorted();
  const strangers = impostor.scores.toSorted();
  const total = strangers.length;
  const steps = Math.ceil(Math.log10(total / LEAST_ACCEPTED) * POINTS_PER_DECADE);
  const counts = Array.from({ length: steps }, (_, step) =>
    Math.round(LEAST_ACCEPTED * 10 ** (step / POINTS_PER_DECADE)),
  );
  return [...new Set([...counts.filter((accepted) => accepted < total), total])].map(
    (accepted) => ({
      falseAcceptRate: accepted / total,
      // All that are more alike than the first stranger who is turned away.
      trueAcceptRate: accepted === total ? 1 : shareAbove(same, strangers[total - 1 - accepted]!),
    }),
  );
}
