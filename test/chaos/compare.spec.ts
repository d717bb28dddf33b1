import { describe, expect, it } from '@jest/globals';
import { bitwiseEqual, compare } from './compare.js';
import { type Snapshot } from './snapshot.js';

const box = { x: 1, y: 2, width: 30, height: 40 };
const event = { id: 'e1', subject: 's1', type: 'matched', personId: 'ann' };
const QUIET: Snapshot = {
  import: { status: 'done', listed: 2, faces: 1, counts: { named: 1, refused: 1 } },
  unseen: [{ key: 'b.jpg', outcome: 'refused DECODE_FAILED' }],
  sightings: [{ id: 's1', key: 'a.jpg', box, personId: 'ann', vector: Float32Array.of(1, 0) }],
  gallery: [{ id: 'ann', templateId: 't1', vector: Float32Array.of(0, 1) }],
  enrolled: ['t1'],
  events: [event],
  deliveries: [event],
  jobs: {},
  deadLetters: ['DECODE_FAILED b.jpg'],
};
const problems = (changes: Partial<Snapshot>) => compare(QUIET, { ...QUIET, ...changes });
const [sighting] = QUIET.sightings as [Snapshot['sightings'][number]];

describe('compare', () => {
  it('reports nothing for equal results, even if an event is delivered more than once', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ deliveries: [event, event] })).toEqual([]);
  });

  it('reports an import with wrong counts or that is not done', () => {
    const counts = { named: 0, refused: 1 };
    expect(problems({ import: { ...QUIET.import, counts } })).toContainEqual(
      '2 images listed, 1 outcomes',
    );
    expect(problems({ import: { ...QUIET.import, status: 'listing' } })).toContainEqual(
      'the import is listing',
    );
    expect(
      problems({ import: { ...QUIET.import, counts: { named: 2, refused: 0 } } }),
    ).toHaveLength(1);
  });

  it('reports missing, duplicated and unexpected sightings and events', () => {
    expect(problems({ sightings: [] })).toEqual(['sighting missing: s1']);
    expect(problems({ sightings: [sighting, sighting] })).toEqual(['sighting found 2 times: s1']);
    expect(problems({ events: [event, event] })).toEqual(['event found 2 times: e1']);
    const ghost = { ...event, id: 'e2' };
    expect(problems({ events: [event, ghost], deliveries: [event, ghost] })).toEqual([
      'event unexpected: e2',
    ]);
    expect(problems({ events: [], deliveries: [] })).toEqual(['event missing: e1']);
  });

  it('reports a different decision, vector or gallery', () => {
    expect(problems({ sightings: [{ ...sighting, personId: null }] })).toEqual([
      expect.stringMatching(/^sighting differs/),
    ]);
    const turned = { ...sighting, vector: Float32Array.of(0.999, 0.0447) };
    expect(problems({ sightings: [turned] })).toEqual([
      expect.stringMatching(/its vector differs/),
    ]);
    expect(problems({ gallery: [] })).toEqual(['person missing: ann', 'template missing: t1']);
    expect(problems({ enrolled: ['t2'] })).toEqual([
      'template missing: t2',
      'template unexpected: t1',
    ]);
  });

  it('accepts vectors that differ in the last bits, and counts those that are bitwise equal', () => {
    const close = { ...sighting, vector: Float32Array.of(1, 1e-4) };
    expect(problems({ sightings: [close] })).toEqual([]);
    expect(bitwiseEqual(QUIET, { ...QUIET, sightings: [close] })).toBe(0);
    expect(bitwiseEqual(QUIET, QUIET)).toBe(1);
  });

  it('reports deliveries that are missing, unknown or changed', () => {
    expect(problems({ deliveries: [] })).toEqual(['event not delivered: e1']);
    expect(problems({ deliveries: [event, { ...event, id: 'e9' }] })).toEqual([
      'delivered, but not on the stream: e9',
    ]);
    expect(problems({ deliveries: [event, { ...event, personId: 'bob' }] })).toEqual([
      expect.stringMatching(/^delivery differs/),
    ]);
  });

  it('reports different outcomes, unfinished jobs and dead letters', () => {
    expect(problems({ unseen: [...QUIET.unseen, ...QUIET.unseen] })).toHaveLength(1);
    expect(problems({ unseen: [{ key: 'b.jpg', outcome: 'failed X' }] })).toHaveLength(2);
    expect(problems({ jobs: { 'embed-image delayed': 3 } })).toEqual([
      '3 jobs left: embed-image delayed',
    ]);
    expect(problems({ deadLetters: [] })).toEqual(['dead letter missing: DECODE_FAILED b.jpg']);
  });
});
