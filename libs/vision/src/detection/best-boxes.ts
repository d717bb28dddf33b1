import { type Candidate } from './region.js';

/**
 * The `most` boxes that the detector is surest of. Equal scores: the leftmost, then the topmost, so that
 * the choice does not hang on the order in which tiles were looked at.
 */
export function bestBoxes(boxes: readonly Candidate[], most: number): Candidate[] {
  return [...boxes]
    .sort((a, b) => b.score - a.score || a.x - b.x || a.y - b.y || a.width - b.width)
    .slice(0, most);
}
