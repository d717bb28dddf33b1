import { type ApiClient } from '#shared/client/api-client.js';
import {
  type ImportImage,
  importsHttp,
  type ImportView,
} from '#shared/contracts/http/imports.http.js';
import { sightingsHttp, type SightingView } from '#shared/contracts/http/sightings.http.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { sumUp } from '../output/accounting.js';
import { type ReportData, type ReportFace, type ReportImage } from './report-data.js';

const LIST_PAGE_SIZE = 1_000;

interface ReportSources {
  readonly ingest: ApiClient;
  readonly matcher: ApiClient;
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
  const decided = sightings.map((sighting) => Date.parse(sighting.decidedAt));
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
  matcher: ApiClient,
  objects: ObjectStore,
  { store, prefix }: ImportView,
): Promise<SightingView[]> {
  const versions = await listVersions(objects, prefix);
  const current: SightingView[] = [];
  const query = { store };
  const all = matcher.each(sightingsHttp.list, { query }, (page) => page.sightings);
  for await (const sighting of all) {
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

function groupByImage(sightings: readonly SightingView[]): readonly ReportImage[] {
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

function faceOf({ id, box, personId, personName, score }: SightingView): ReportFace {
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
async function imagesWithReasons(ingest: ApiClient, view: ImportView): Promise<ImportImage[]> {
  const images = await lastOutcomes(imagesOf(ingest, view.id));
  const unexplained = new Set(
    images.filter((image) => image.code && !image.message).map(keyAndCode),
  );
  const messages = new Map<string, string>();
  for (const earlier of await earlierImports(ingest, view)) {
    if (unexplained.size === 0) break;
    for await (const image of imagesOf(ingest, earlier.id)) {
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

function imagesOf(ingest: ApiClient, id: string): AsyncGenerator<ImportImage> {
  return ingest.each(importsHttp.images, { params: { id } }, (page) => page.images);
}

/** Oldest first, because the first import of an archive usually has most of the messages. */
async function earlierImports(ingest: ApiClient, { id, store }: ImportView) {
  const imports = (await ingest.call(importsHttp.list)).imports.filter(
    (each) => each.store === store,
  );
  return imports
    .filter((each) => each.id !== id)
    .sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
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
