import { type ImportView } from '#shared/contracts/http/imports.http.js';
import { type ScalingBed } from '../../test/support/scaling-bed.js';

/**
 * Compares the work logs of the processes, the import's counts, the event stream and Qdrant with each other.
 * @param folder folder of the archive, with a slash at the end
 * @throws Error if something was done twice or not at all
 */
export async function checkOnce(
  bed: ScalingBed,
  folder: string,
  keys: readonly string[],
  { listed, faces, counts }: ImportView,
): Promise<void> {
  const embedded = [...(await bed.work('embedded')).values()].flat();
  expectOnce('embedded', embedded, keys);
  const matched = [...(await bed.work('matched')).values()].flat();
  expectOnce('matched', matched, [...new Set(matched)]);
  const done = counts.named + counts.unknown + counts.faceless;
  for (const count of [matched.length, listed, done]) {
    if (count !== keys.length) throw new Error(`${count} of ${keys.length} images were processed`);
  }
  const events = await bed.events();
  const ours = events.filter(({ data }) => data.image.key.startsWith(folder));
  const subjects = [...new Set(ours.map(({ subject }) => subject))];
  if (ours.length !== faces || subjects.length !== faces) {
    throw new Error(
      `there are ${ours.length} events of ${subjects.length} faces, expected were ${faces}`,
    );
  }
  expectOnce('kept', await bed.sightings(), [...new Set(events.map(({ subject }) => subject))]);
}

function expectOnce(what: string, done: readonly string[], wanted: readonly string[]): void {
  const { twice, never, unknown } = notOnce(done, wanted);
  if (twice.length + never.length + unknown.length === 0) return;
  throw new Error(
    `${twice.length} were ${what} twice, ${never.length} never, ${unknown.length} unexpectedly`,
  );
}

/** Names that were done more than once, names of `wanted` that were never done, and unexpected names. */
export function notOnce(
  done: readonly string[],
  wanted: readonly string[],
): { readonly twice: string[]; readonly never: string[]; readonly unknown: string[] } {
  const counts = new Map(wanted.map((name) => [name, 0]));
  const unknown = new Set<string>();
  for (const name of done) {
    const count = counts.get(name);
    if (count === undefined) unknown.add(name);
    else counts.set(name, count + 1);
  }
  const those = (holds: (count: number) => boolean) =>
    [...counts].filter(([, count]) => holds(count)).map(([name]) => name);
  return {
    twice: those((count) => count > 1),
    never: those((count) => count === 0),
    unknown: [...unknown],
  };
}
