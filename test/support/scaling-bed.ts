import { QdrantClient } from '@qdrant/js-client-rest';
import { type Redis } from 'ioredis';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ImportView } from '#shared/contracts/http/imports.http.js';
import { type MatchEvent } from '#shared/contracts/match-event.contract.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { QdrantVectorStore } from '../../apps/matcher/src/vectors/qdrant/qdrant-vector-store.js';
import { collectionPrefix } from '../../apps/matcher/src/vectors/vector-store.config.js';
import { enrol, importDone, startImport } from './api.js';
import { standInBytes } from './stand-in-model.js';
import { writeStandInPacks } from './stand-in-pack.js';
import { DIST, type RunningApp, startApp } from './start-app.js';
import { startQdrant, type TestQdrant } from './start-qdrant.js';
import { startRedis, type TestRedis } from './start-redis.js';
import { streamEvents } from './stream-events.js';
import { readWork, type WorkKind } from './work-log.js';

export interface ScalingBedOptions {
  readonly embedders: number;
  readonly matchers: number;
  /** Duration of a batch of the simulated networks, milliseconds. */
  readonly batchMs: number;
  /** Dimension of an embedding. The default is FaceNet's 512. */
  readonly dimension?: number;
  /** Settings of all services. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called before any service connects to Redis. */
  prepare?(redis: Redis): Promise<void>;
}

const FACENET_DIMENSION = 512;
const PEOPLE = 8;
const IMPORT_LIMIT_MS = 600_000;
const POLL_MS = 50;
const SIGHTINGS_PAGE = 1_000;

/**
 * The product as it runs on several machines, on one machine: a redis-server, ingest, embedders and matchers, each
 * in its own process, with one Qdrant. Only the networks are simulated: they take a fixed time. Some people are
 * enrolled.
 */
export class ScalingBed {
  private constructor(
    private readonly folder: string,
    private readonly model: { readonly space: string; readonly dimension: number },
    readonly server: TestRedis,
    readonly redis: Redis,
    readonly qdrant: TestQdrant,
    readonly ingest: RunningApp,
    readonly embedders: readonly RunningApp[],
    readonly matchers: readonly RunningApp[],
  ) {}

  static async start(options: ScalingBedOptions): Promise<ScalingBed> {
    const folder = await mkdtemp(path.join(tmpdir(), 'sightline-scaling-'));
    for (const name of ['uploads', 'archive', 'work']) await mkdir(path.join(folder, name));
    const space = `test-scaling-${randomBytes(4).toString('hex')}@1+none`;
    const { dimension = FACENET_DIMENSION } = options;
    await writeStandInPacks(path.join(folder, 'models'), space, dimension);
    const [server, qdrant] = await Promise.all([startRedis(), startQdrant()]);
    const redis = connectRedis(server.url, 'bed');
    await options.prepare?.(redis);
    const url = (name: string) => pathToFileURL(path.join(folder, name)).href;
    const preload = (name: string) => `--import=${path.join(DIST, `test/support/${name}.js`)}`;
    const settings = {
      REDIS_URL: server.url,
      QDRANT_URL: qdrant.url,
      ...(qdrant.apiKey !== undefined && { QDRANT_API_KEY: qdrant.apiKey }),
      STORES: `uploads=${url('uploads')} archive=${url('archive')}`,
      MODELS_DIR: path.join(folder, 'models'),
      MODEL_PACK: 'test',
      LOG_FORMAT: 'pretty',
      WORK_LOG_DIR: path.join(folder, 'work'),
      STAND_IN_BATCH_MS: String(options.batchMs),
      ...options.settings,
    };
    const many = (count: number, name: 'embedder' | 'matcher', part: string) =>
      Promise.all(
        Array.from({ length: count }, () =>
          startApp(name, { ...settings, NODE_OPTIONS: preload(part) }),
        ),
      );
    const [ingest, embedders, matchers] = await Promise.all([
      startApp('ingest', settings),
      many(options.embedders, 'embedder', 'stand-in-model.preload'),
      many(options.matchers, 'matcher', 'matched-images.preload'),
    ]);
    const parts = [
      folder,
      { space, dimension },
      server,
      redis,
      qdrant,
      ingest,
      embedders,
      matchers,
    ] as const;
    const bed = new ScalingBed(...parts);
    await bed.enrolPeople();
    return bed;
  }

  /**
   * Fills a folder of the archive with images whose faces are in no other folder.
   * @param faces number of faces of the n-th image; every second face is of an enrolled person
   * @returns their keys
   */
  async fill(folder: string, images: number, faces: (index: number) => number): Promise<string[]> {
    await mkdir(path.join(this.folder, 'archive', folder));
    const keys = Array.from({ length: images }, (_, i) => `${folder}/${i}.jpg`);
    for (const [i, key] of keys.entries()) {
      const words = Array.from({ length: faces(i) }, (_, face) =>
        (i + face) % 2 === 0 ? personWord((i + face) % PEOPLE) : `${key} ${face}`,
      );
      const bytes = standInBytes({ name: key, faces: words });
      await writeFile(path.join(this.folder, 'archive', key), bytes);
    }
    return keys;
  }

  /** Imports a folder of the archive. @returns the import when it has ended */
  async run(folder: string): Promise<ImportView> {
    const id = await startImport(this.ingest.url, 'archive', `${folder}/`);
    return importDone(this.ingest.url, id, IMPORT_LIMIT_MS, POLL_MS);
  }

  /** Processed images by process. Includes processes without any. */
  async work(kind: WorkKind): Promise<ReadonlyMap<number, readonly string[]>> {
    const done = await readWork(path.join(this.folder, 'work'), kind);
    const processes = kind === 'embedded' ? this.embedders : this.matchers;
    return new Map(processes.map(({ process: { pid } }) => [pid!, done.get(pid!) ?? []]));
  }

  async forgetWork(): Promise<void> {
    await rm(path.join(this.folder, 'work'), { recursive: true });
    await mkdir(path.join(this.folder, 'work'));
  }

  /** Events on the stream. */
  events(): Promise<MatchEvent[]> {
    return streamEvents(this.server.url);
  }

  /** Ids of all sightings in Qdrant. */
  async sightings(): Promise<string[]> {
    const { url, apiKey } = this.qdrant;
    const store = new QdrantVectorStore({
      server: { url, apiKey, timeoutMs: 30_000 },
      ...this.model,
    });
    const ids: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await store.listSightings(
        'default',
        {},
        { limit: SIGHTINGS_PAGE, ...(cursor !== undefined && { cursor }) },
      );
      ids.push(...page.items.map(({ id }) => id));
      if (page.cursor === null) return ids;
      cursor = page.cursor;
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.ingest, ...this.embedders, ...this.matchers].map((app) => app.stop()));
    await this.redis.quit();
    await this.server.stop();
    if (this.qdrant.pid === null) await this.dropCollections();
    await rm(this.folder, { recursive: true, force: true });
    await this.qdrant.stop();
  }

  private async enrolPeople(): Promise<void> {
    const { url } = this.matchers[0]!;
    await Promise.all(
      Array.from({ length: PEOPLE }, (_, i) => {
        const image = { name: personWord(i), faces: [personWord(i)] };
        return enrol(url, personWord(i), standInBytes(image));
      }),
    );
    await this.forgetWork();
  }

  private async dropCollections(): Promise<void> {
    const { url, apiKey } = this.qdrant;
    const client = new QdrantClient({ url, ...(apiKey !== undefined && { apiKey }) });
    const { collections } = await client.getCollections();
    for (const { name } of collections) {
      if (name.startsWith(collectionPrefix(this.model.space))) await client.deleteCollection(name);
    }
  }
}

function personWord(index: number): string {
  return `person ${index}`;
}
