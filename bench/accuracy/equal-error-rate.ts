import { type ScoredPairs } from '#models/accuracy/scored-pairs.js';
import { shareAbove } from './share-above.js';

/**
 * The rate at which as many strangers are accepted as same-person pairs rejected: where the two staircases
 * cross as the threshold rises.
 */
export function equalErrorRate({ genuine, impostor }: ScoredPairs): number {
  const same = genuine.scores.toSorted();
  const strangers = impostor.scores.toSorted();
  for (const [rejected, score] of same.entries()) {
    // With the threshold just above this score, one more is rejected.
    const falseAccepts = shareAbove(strangers, score);
    if ((rejected + 1) / same.length >= falseAccepts) {
      return Math.max(rejected / same.length, falseAccepts);
    }
  }
  return Number.NaN;
}
