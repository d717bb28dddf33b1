import { type Scored, type Template } from '../vectors/vector-store.port.js';

export interface PersonScore {
  readonly personId: string;
  /** Cosine similarity to the person's best template. */
  readonly score: number;
  readonly templateId: string;
}

/** Each person's best template, best person first. */
export function rankPeople(hits: readonly Scored<Template>[]): PersonScore[] {
  const best = new Map<string, PersonScore>();
  for (const { item, score } of hits) {
    const known = best.get(item.personId);
    if (known && known.score >= score) continue;
    best.set(item.personId, { personId: item.personId, score, templateId: item.id });
  }
  return [...best.values()].sort((a, b) => b.score - a.score);
}
