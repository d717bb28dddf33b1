import { type GalleryRebuildView } from '../client/gallery-schema.js';
import { printable } from '../output/table.js';

/** Where it stands, in a line. */
export function describeRebuildProgress(view: GalleryRebuildView): string {
  const { people, left, embedded, failed, waitsFor } = view;
  const sums = `${people - left} of ${people} people, ${embedded} photographs embedded, ${failed} failed`;
  return waitsFor ? `${sums}; waits: ${waitsFor.code}: ${waitsFor.message}` : sums;
}

/** What was done, what could not be, and what else there is to know. */
export function describeRebuild(view: GalleryRebuildView): string {
  const { space, people, embedded, failed, failures, kept } = view;
  return [
    `${people} people with ${embedded} photographs are enrolled in ${space}`,
    ...(failed > 0 ? [`${failed} photographs could not be embedded; they are kept:`] : []),
    ...failures.map(
      ({ personId, name, photograph, code, message }) =>
        `  ${printable(name ?? personId)}, ${photograph}: ${code}: ${printable(message)}`,
    ),
    ...kept.flatMap(({ space: other, place }) => [
      `${other} is kept, so that you can go back to it; to drop it, delete ${place} while the matcher is stopped`,
    ]),
    'Sightings belong to the space they were made in: import the archive again to have it in this one. ' +
      'Images that were waiting for the pack of before are refused with SPACE_MISMATCH; the same import embeds them.',
  ].join('\n');
}
