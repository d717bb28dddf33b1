import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { type ImportImage, type ImportView, type IngestApi } from '../client/ingest-api.js';
import { type MatcherApi, type Sighting } from '../client/matcher-api.js';
import { sumUp } from '../output/accounting.js';
import { type ReportData, type ReportFace, type ReportImage } from './report-data.js';

const LIST_PAGE_SIZE = 1_000;

interface ReportSources {
  readonly ingest: IngestApi;
  readonly matcher: MatcherApi;
  /** The store that the import read. */
  readonly objects: ObjectStore;
}

/** Reads the results of an import of a whole store from the services. */
export async function collectReport(
  { ingest, matcher, objects }: ReportSources,
  view: ImportView,
  archive: string,
): Promise<ReportData> {
  const sightings = await currentSightings(matcher, objects, view);
  const others = await imagesWithReasons(ingest, view);
  const decided = sightings.map((sighting) => sighting.decidedAt.getTime());
  return {
    archive,
    sums: sumUp(view),
    images: groupByImage(sightings),
    others: others.sort((a, b) => (a.key < b.key ? -1 : 1)),
    decidedAt: decided.length === 0 ? null : new Date(decided.reduce((a, b) => Math.max(a, b))),
  };
}

/** Leaves out sightings of files that have been changed or deleted since. */
async function currentSightings(
  matcher: MatcherApi,
  objects: ObjectStore,
  { store, prefix }: ImportView,
): Promise<Sighting[]> {
  const versions = await listVersions(objects, prefix);
  const current: Sighting[] = [];
  for await (const sighting of matcher.sightings(store)) {
    if (versions.get(sighting.image.key) === sighting.image.version) current.push(sighting);
  }
  return current;
}

async function listVersions(objects: ObjectStore, prefix: string): Promise<Map<string, string>> {
  const versions = new Map<string, string>();
  let cursor: string | null = null;
  do {
    const page = await objects.list(prefix, { limit: LIST_PAGE_SIZE, ...(cursor && { cursor }) });
    for (const { key, version } of page.objects) versions.set(key, version);
    cursor = page.cursor;
  } while (cursor !== null);
  return versions;
}

function groupByImage(sightings: readonly Sighting[]): readonly ReportImage[] {
  const images = new Map<string, ReportImage & { faces: ReportFace[] }>();
  for (const sighting of sightings) {
    const { key, version } = sighting.image;
    const { width, height } = sighting;
    const image = images.get(sighting.imageId) ?? { key, version, width, height, faces: [] };
    image.faces.push(faceOf(sighting));
    images.set(sighting.imageId, image);
  }
  for (const image of images.values()) image.faces.sort((a, b) => a.box.x - b.box.x);
  return [...images.values()];
}

function faceOf({ id, box, personId, personName, score }: Sighting): ReportFace {
  return {
    id,
    box,
    person: personId === null ? null : { id: personId, name: personName ?? personId },
    score,
  };
}

/**
 * Images of an import without a sighting. If an earlier import refused an image, this import has only the
 * error code; the message is read from the earlier import.
 */
async function imagesWithReasons(ingest: IngestApi, view: ImportView): Promise<ImportImage[]> {
  const images = await lastOutcomes(ingest.images(view.id));
  const unexplained = new Set(
    images.filter((image) => image.code && !image.message).map(keyAndCode),
  );
  const messages = new Map<string, string>();
  for (const earlier of await earlierImports(ingest, view)) {
    if (unexplained.size === 0) break;
    for await (const image of ingest.images(earlier.id)) {
      if (image.message && unexplained.delete(keyAndCode(image))) {
        messages.set(keyAndCode(image), image.message);
      }
    }
  }
  return images.map((image) => ({
    ...image,
    message: image.message ?? messages.get(keyAndCode(image)),
  }));
}

/** Oldest first, because the first import of an archive usually has most of the messages. */
async function earlierImports(ingest: IngestApi, { id, store }: ImportView) {
  const imports = (await ingest.listImports()).filter((each) => each.store === store);
  return imports
    .filter((each) => each.id !== id)
    .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
}

function keyAndCode({ key, code }: ImportImage): string {
  return JSON.stringify([key, code]);
}

/** The last outcome of each image, without images that a retry gave a sighting. */
async function lastOutcomes(images: AsyncIterable<ImportImage>): Promise<ImportImage[]> {
  const last = new Map<string, ImportImage>();
  for await (const image of images) last.set(image.key, image);
  return [...last.values()].filter(({ outcome }) => outcome !== 'named' && outcome !== 'unknown');
}
