import { type PairColumns } from '../accuracy/scored-pairs.js';

/** Two people, by number, and their best score. */
export interface AlikePeople {
  readonly first: number;
  readonly second: number;
  readonly score: number;
}

/**
 * The people whose photographs are most alike, each two of them once, best first. Where they are one person
 * under two names, or a photograph lies in the wrong folder, thresholds come out too strict.
 */
export function mostAlike({ scores, first, second }: PairColumns, most: number): AlikePeople[] {
  let best: AlikePeople[] = [];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (best.length === most && score <= best[most - 1]!.score) continue;
    const pair = { first: first[i]!, second: second[i]!, score };
    const isSame = (one: AlikePeople) =>
      (one.first === pair.first && one.second === pair.second) ||
      (one.first === pair.second && one.second === pair.first);
    const known = best.find(isSame);
    if (known && known.score >= score) continue;
    best = [...best.filter((one) => one !== known), pair]
      .sort((a, b) => b.score - a.score)
      .slice(0, most);
  }
  return best;
}
