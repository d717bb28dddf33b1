import { type RankedPerson } from '../match-policy.js';
import { type Scored, type Template } from '../vectors/vector-store.port.js';

/** Each person's best template, best person first. */
export function rankPeople(hits: readonly Scored<Template>[]): RankedPerson[] {
  const best = new Map<string, RankedPerson>();
  for (const { item, score } of hits) {
    const known = best.get(item.personId);
    if (known && known.score >= score) continue;
    best.set(item.personId, { personId: item.personId, score });
  }
  return [...best.values()].sort((a, b) => b.score - a.score);
}
