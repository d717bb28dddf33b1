import { type ImportImage, type ImportView, type IngestApi } from '../client/ingest-api.js';

/**
 * Images of an import without a sighting. Of one that an earlier import refused, this one knows the
 * error's code alone; the words are in the log of that import.
 */
export async function imagesWithReasons(
  ingest: IngestApi,
  view: ImportView,
): Promise<ImportImage[]> {
  const images = await lastOutcomes(ingest.images(view.id));
  const unexplained = new Set(images.filter((image) => image.code && !image.message).map(nameOf));
  const messages = new Map<string, string>();
  for (const earlier of await earlierImports(ingest, view)) {
    if (unexplained.size === 0) break;
    for await (const image of ingest.images(earlier.id)) {
      if (image.message && unexplained.delete(nameOf(image))) {
        messages.set(nameOf(image), image.message);
      }
    }
  }
  return images.map((image) => ({
    ...image,
    message: image.message ?? messages.get(nameOf(image)),
  }));
}

/** Oldest first, for the first import of an archive usually knows all there is. */
async function earlierImports(ingest: IngestApi, { id, store }: ImportView) {
  const imports = (await ingest.listImports()).filter((each) => each.store === store);
  return imports
    .filter((each) => each.id !== id)
    .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
}

function nameOf({ key, code }: ImportImage): string {
  return JSON.stringify([key, code]);
}

/** An image that was tried again is as it ended last; with a sighting, it is none of these any more. */
async function lastOutcomes(images: AsyncIterable<ImportImage>): Promise<ImportImage[]> {
  const last = new Map<string, ImportImage>();
  for await (const image of images) last.set(image.key, image);
  return [...last.values()].filter(({ outcome }) => outcome !== 'named' && outcome !== 'unknown');
}
