import { isDeepStrictEqual } from 'node:util';
import { cosine } from '../support/vector-records.js';
import { type EmittedEvent, type Snapshot, type StoredVector } from './snapshot.js';

/** Batches of different sizes may differ in the last bits of a vector. */
export const MIN_COSINE = 1 - 1e-6;

/** The differences between a run and the quiet run of the same archive, one message each. */
export function compare(quiet: Snapshot, run: Snapshot): string[] {
  return [
    ...importProblems(quiet, run),
    ...setProblems('image without a sighting', quiet.unseen.map(unseen), run.unseen.map(unseen)),
    ...setProblems('sighting', quiet.sightings.map(idOf), run.sightings.map(idOf)),
    ...setProblems('person', quiet.gallery.map(idOf), run.gallery.map(idOf)),
    ...setProblems(
      'template',
      run.enrolled,
      run.gallery.map(({ templateId }) => templateId),
    ),
    ...setProblems('event', quiet.events.map(idOf), run.events.map(idOf)),
    ...factProblems('sighting', quiet.sightings, run.sightings),
    ...factProblems('event', quiet.events, run.events),
    ...vectorProblems('sighting', quiet.sightings, run.sightings),
    ...vectorProblems('template of', quiet.gallery, run.gallery),
    ...deliveryProblems(run),
    ...Object.entries(run.jobs).map(([where, count]) => `${count} jobs left: ${where}`),
    ...setProblems('dead letter', quiet.deadLetters, run.deadLetters),
  ];
}

/** Number of vectors that are bitwise equal. */
export function bitwiseEqual(quiet: Snapshot, run: Snapshot): number {
  const expected = new Map(quiet.sightings.map(({ id, vector }) => [id, vector]));
  return run.sightings.filter(({ id, vector }) => isDeepStrictEqual(expected.get(id), vector))
    .length;
}

function importProblems(quiet: Snapshot, run: Snapshot): string[] {
  const { status, listed, counts } = run.import;
  const sum = Object.values(counts).reduce((total, count) => total + count, 0);
  const problems: string[] = [];
  if (status !== 'done') problems.push(`the import is ${status}`);
  if (sum !== listed) problems.push(`${listed} images listed, ${sum} outcomes`);
  if (!isDeepStrictEqual(quiet.import, run.import)) {
    problems.push(
      `the import counts ${JSON.stringify(run.import)}, the quiet run ${JSON.stringify(quiet.import)}`,
    );
  }
  return problems;
}

/** Each expected name must occur once, and no other name. */
function setProblems(what: string, expected: readonly string[], found: readonly string[]) {
  const counts = new Map<string, number>();
  for (const name of found) counts.set(name, (counts.get(name) ?? 0) + 1);
  const known = new Set(expected);
  return [
    ...expected.filter((name) => !counts.has(name)).map((name) => `${what} missing: ${name}`),
    ...[...counts.keys()]
      .filter((name) => !known.has(name))
      .map((name) => `${what} unexpected: ${name}`),
    ...[...counts]
      .filter(([, count]) => count > 1)
      .map(([name, count]) => `${what} found ${count} times: ${name}`),
  ];
}

/** Fields other than the vector must be equal for the same id. */
function factProblems(
  what: string,
  expected: readonly { id: string }[],
  found: readonly { id: string }[],
): string[] {
  const quiet = new Map(expected.map((item) => [item.id, facts(item)]));
  return found
    .filter((item) => quiet.has(item.id) && quiet.get(item.id) !== facts(item))
    .map((item) => `${what} differs: ${facts(item)}, in the quiet run ${quiet.get(item.id)!}`);
}

function vectorProblems(
  what: string,
  expected: readonly StoredVector[],
  found: readonly StoredVector[],
): string[] {
  const quiet = new Map(expected.map(({ id, vector }) => [id, vector]));
  return found.flatMap(({ id, vector }) => {
    const other = quiet.get(id);
    const likeness = other ? cosine(other, vector) : 1;
    return likeness >= MIN_COSINE ? [] : [`${what} ${id}: its vector differs, cosine ${likeness}`];
  });
}

/** Each event of the stream is delivered at least once with the same content, and nothing else is delivered. */
function deliveryProblems({ events, deliveries }: Snapshot): string[] {
  const delivered = new Set(deliveries.map(idOf));
  const lost = events.filter(({ id }) => !delivered.has(id));
  const known = new Set(events.map(idOf));
  const unknown = deliveries.filter(({ id }) => !known.has(id));
  return [
    ...lost.map(({ id }) => `event not delivered: ${id}`),
    ...unknown.map(({ id }) => `delivered, but not on the stream: ${id}`),
    ...factProblems('delivery', events, deliveries),
  ];
}

function facts(item: object): string {
  return JSON.stringify({ ...item, vector: undefined });
}

function unseen({ key, outcome }: { key: string; outcome: string }): string {
  return `${key} ${outcome}`;
}

function idOf({ id }: Pick<EmittedEvent, 'id'>): string {
  return id;
}
