import { type ObjectStore } from '#shared/storage/object-store.port.js';
import { type ImportView, type IngestApi } from '../client/ingest-api.js';
import { type MatcherApi } from '../client/matcher-api.js';
import { type Sighting } from '../client/matcher-schemas.js';
import { sumUp } from '../output/accounting.js';
import { imagesWithReasons } from './images-with-reasons.js';
import { type ReportData, type ReportFace, type ReportImage } from './report-data.js';

const LIST_PAGE = 1_000;

export interface ReportSources {
  readonly ingest: IngestApi;
  readonly matcher: MatcherApi;
  /** The store that the import read. */
  readonly objects: ObjectStore;
}

/** Reads back what an import of a whole store found. */
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

/** Sightings outlive their images: those of files that have changed or gone since are left out. */
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
    const page = await objects.list(prefix, { limit: LIST_PAGE, ...(cursor && { cursor }) });
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
