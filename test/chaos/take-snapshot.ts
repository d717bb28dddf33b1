import { readEmbeddingManifest } from '#models/packs/read-pack.js';
import { type MatchEvent, matchEventSchema } from '#shared/contracts/match-event.contract.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { matcherConfigSchema } from '../../apps/matcher/src/matcher.config.js';
import { createVectorStore } from '../../apps/matcher/src/vectors/vector-store.factory.js';
import { type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';
import { deadLettersHttp } from '#shared/contracts/http/dead-letters.http.js';
import { api, listImages, readImport } from '../support/api.js';
import { type Bed } from './bed.js';
import { unfinishedJobs } from './settle.js';
import { type EmittedEvent, type Enrolled, type SeenFace, type Snapshot } from './snapshot.js';

const TENANT = 'default';
const PAGE = 256;

/** Reads the results of an import, then stops the services and reads the vector store directly. */
export async function takeSnapshot(
  bed: Bed,
  importId: string,
  people: ReadonlyMap<string, string>,
): Promise<Snapshot> {
  const ingest = bed.named('ingest')[0]!.url;
  const view = await readImport(ingest, importId);
  const { status, faces, counts } = view;
  const listed = view.listed - view.skipped;
  const unseen = await listImages(ingest, importId);
  const jobs = await unfinishedJobs(bed.redis);
  const deadLetters = await listDeadLetters(ingest);
  const entries = await bed.redis.xrange(EVENT_STREAM, '-', '+');
  await Promise.all(bed.services.map((service) => service.stop()));
  return {
    import: { status, listed, faces, counts },
    unseen: unseen.map(({ key, outcome, code }) => ({ key, outcome: `${outcome} ${code ?? ''}` })),
    ...(await readVectors(bed, [...people.keys()])),
    enrolled: [...people.values()],
    events: entries.map(([, fields]) => emitted(fields[fields.indexOf('event') + 1]!)),
    deliveries: bed.receiver.requests.map(({ body }) => emitted(body)),
    jobs,
    deadLetters,
  };
}

async function readVectors(bed: Bed, people: readonly string[]) {
  const config = loadConfig(matcherConfigSchema, bed.settings);
  const { space, dimension } = await readEmbeddingManifest(config.MODELS_DIR, config.MODEL_PACK);
  const store = createVectorStore({ ...config, ...bed.vectorSettings }, space, dimension);
  await store.open();
  try {
    return { sightings: await readSightings(store), gallery: await readGallery(store, people) };
  } finally {
    await store.close();
  }
}

async function readSightings(store: VectorStore): Promise<SeenFace[]> {
  const found: SeenFace[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.listSightings(
      TENANT,
      {},
      { limit: PAGE, ...(cursor !== null && { cursor }) },
    );
    const vectors = await store.sightingVectors(
      TENANT,
      page.items.map(({ id }) => id),
    );
    for (const { id, image, box, personId } of page.items) {
      found.push({ id, key: image.key, box, personId, vector: vectors.get(id)! });
    }
    ({ cursor } = page);
  } while (cursor !== null);
  return found;
}

async function readGallery(store: VectorStore, people: readonly string[]): Promise<Enrolled[]> {
  const templates = await Promise.all(people.map((id) => store.listTemplates(TENANT, id)));
  return templates
    .flat()
    .map(({ id, personId, vector }) => ({ id: personId, templateId: id, vector }));
}

function emitted(text: string): EmittedEvent {
  const event: MatchEvent = matchEventSchema.parse(JSON.parse(text));
  const { id, subject, type } = event;
  return { id, subject, type, personId: event.data.person?.personId ?? null };
}

/** Code and image of every dead letter. */
async function listDeadLetters(ingestUrl: string): Promise<string[]> {
  const found: string[] = [];
  const letters = api(ingestUrl).each(deadLettersHttp.list, {}, (page) => page.letters);
  for await (const { code, image } of letters) found.push(`${code} ${image?.key ?? ''}`);
  return found;
}
