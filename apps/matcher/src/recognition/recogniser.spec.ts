import { describe, expect, it } from '@jest/globals';
import { makeTemplate, vectorAt } from '../../../../test/support/vector-records.js';
import { type GallerySpaces } from '../gallery/gallery-spaces.js';
import { type PersonRegistry } from '../people/person-registry.js';
import { type Scored, type Template, type VectorStore } from '../vectors/vector-store.port.js';
import { GallerySize } from './gallery-size.js';
import { type MatchPolicy, type Probe } from './match-policy.js';
import { Recogniser } from './recogniser.js';
import { type Scores } from './scores.js';

const POLICY: MatchPolicy = {
  metric: 'as-norm',
  source: { kind: 'set', score: 2 },
  falseAcceptRate: 0.001,
  margin: 0.5,
};
const FACE = { vector: vectorAt(0, 4) } as Probe;

function hit(name: string, personId: string, similarity: number): Scored<Template> {
  return { item: makeTemplate(name, FACE.vector, { id: name, personId }), score: similarity };
}

/** @param scores of the templates, by id. @param existing people of the registry */
async function recognise(
  hits: readonly Scored<Template>[],
  scores: Readonly<Record<string, number>>,
  existing: readonly string[],
) {
  const recogniser = new Recogniser(
    {
      searchTemplates: (queries) => Promise.resolve(queries.map(() => [...hits])),
    } as Partial<VectorStore> as VectorStore,
    POLICY,
    {
      probeStatistics: () => Promise.resolve(null),
      scoreHits: (_, found) =>
        Promise.resolve(found.map(({ item }) => ({ item, score: scores[item.id]! }))),
    } as Partial<Scores> as Scores,
    new GallerySize(() => Promise.resolve(hits.length)),
    {
      getMany: (_, ids) => {
        const found = ids.filter((id) => existing.includes(id));
        return Promise.resolve(
          new Map(found.map((id) => [id, { id, name: id, createdAt: '' }] as const)),
        );
      },
    } as Partial<PersonRegistry> as PersonRegistry,
    { require: () => Promise.resolve() } as Partial<GallerySpaces> as GallerySpaces,
  );
  return (await recogniser.recognise('acme', [FACE]))[0]!;
}

describe('Recogniser', () => {
  it('scores a person by their best template, which need not be the most similar one', async () => {
    const hits = [hit('a1', 'ann', 0.9), hit('b1', 'bob', 0.8), hit('a2', 'ann', 0.7)];
    const { decision, candidates } = await recognise(hits, { a1: 1, b1: 3, a2: 4 }, ['ann', 'bob']);
    expect(candidates).toEqual([
      { personId: 'ann', score: 4 },
      { personId: 'bob', score: 3 },
    ]);
    expect(decision.person).toEqual({ personId: 'ann', score: 4 });
  });

  it('does not see a person who is deleted and whose templates still exist', async () => {
    const hits = [hit('a1', 'ann', 0.9), hit('b1', 'bob', 0.8)];
    const { decision, candidates } = await recognise(hits, { a1: 4, b1: 3 }, ['bob']);
    expect(candidates).toEqual([{ personId: 'bob', score: 3 }]);
    expect(decision).toEqual({
      person: { personId: 'bob', score: 3 },
      runnerUp: null,
      reason: null,
    });
  });
});
