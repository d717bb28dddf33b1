import { Redis } from 'ioredis';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort } from '../support/free-port.js';
import { startQdrantDouble } from '../support/qdrant-double.js';
import { MODELS_DIR } from '../support/start-pipeline.js';
import { startReceiver } from '../support/start-receiver.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitUntil } from '../support/wait-until.js';
import { type Archive } from './archive.js';
import { RedisServer } from './redis-server.js';
import { type Dependency, type ServiceName } from './schedule.js';
import { SupervisedService } from './supervised-service.js';

export interface BedOptions {
  readonly archive: Archive;
  readonly vectorStore: 'embedded' | 'qdrant';
  readonly lockMs: number;
  /** Whether the webhook receiver answers some requests with an error or not at all. */
  readonly unreliableReceiver: boolean;
}

export type Bed = Awaited<ReturnType<typeof makeBed>>;

export const HOOK = 'chaos';

/**
 * The whole product as in production. Each service and redis-server is a process that is restarted when it exits.
 * A proxy in front of each dependency can make it unavailable.
 */
export async function makeBed({ archive, vectorStore, lockMs, unreliableReceiver }: BedOptions) {
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-chaos-'));
  await mkdir(path.join(folder, 'uploads'));
  const redisServer = await RedisServer.start(path.join(folder, 'redis'), await freePort());
  const qdrant = vectorStore === 'qdrant' ? await startQdrantDouble() : null;
  const receiver = await startReceiver((attempt) => (unreliableReceiver ? statusOf(attempt) : 204));
  const proxies = new Map<Dependency, TcpProxy>([
    ['redis', await TcpProxy.start(redisServer.port)],
  ]);
  if (archive.port !== null) proxies.set('objects', await TcpProxy.start(archive.port));
  if (qdrant) proxies.set('vectors', await TcpProxy.start(Number(new URL(qdrant.url).port)));
  const vectors: Readonly<Record<string, string>> = qdrant
    ? { QDRANT_URL: `http://127.0.0.1:${proxies.get('vectors')!.port}` }
    : { VECTORS_DIR: path.join(folder, 'vectors') };
  const uploads = pathToFileURL(path.join(folder, 'uploads')).href;
  const settings = {
    ...archive.environment,
    ...vectors,
    REDIS_URL: `redis://127.0.0.1:${proxies.get('redis')!.port}`,
    STORES: `uploads=${uploads} archive=${archive.url(proxies.get('objects')?.port ?? null)}`,
    MODELS_DIR,
    LOG_FORMAT: 'pretty',
    NO_COLOR: '1',
    ORT_DISABLE_TELEMETRY: '1',
    WEBHOOKS: JSON.stringify([
      { name: HOOK, url: receiver.url, secret: `whsec_${randomBytes(24).toString('base64')}` },
    ]),
    WEBHOOK_TIMEOUT_MS: '3000',
    WEBHOOK_RETRY_MS: '200',
    QDRANT_TIMEOUT_MS: '3000',
    // The receiver, the S3 server and the vector store run on this machine.
    ALLOW_INTERNAL_ADDRESSES: '127.0.0.0/8',
    // Small values, so that faults hit images that are listed, that wait and that are in progress.
    PAGE_SIZE: '20',
    HIGH_WATER: '60',
    LOW_WATER: '20',
    RECHECK_INTERVAL_MS: '1000',
    EMBEDDER_CONCURRENCY: '8',
    MATCHER_CONCURRENCY: '16',
    INFERENCE_THREADS: '1',
    JOB_LOCK_MS: String(lockMs),
  };
  // Only one process can open the folder of the embedded store.
  const names: readonly ServiceName[] = [
    ...(['ingest', 'ingest', 'embedder', 'embedder', 'matcher'] as const),
    ...(qdrant ? (['matcher'] as const) : []),
  ];
  const redis = new Redis(redisServer.port, {
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
  });
  redis.on('error', () => undefined);
  await waitUntil('redis-server', () => redis.ping());
  const services: SupervisedService[] = [];
  for (const name of names) {
    services.push(new SupervisedService(name, await freePort(), settings));
  }
  return {
    archive,
    redisServer,
    redis,
    receiver,
    proxies,
    services,
    violations: qdrant?.violations ?? [],
    settings,
    /** Settings that open the vector store without the proxy. */
    vectorSettings: qdrant ? { QDRANT_URL: qdrant.url } : vectors,
    named: (name: ServiceName) => services.filter((service) => service.name === name),
    async close() {
      await Promise.all(services.map((service) => service.end()));
      redis.disconnect();
      for (const proxy of proxies.values()) await proxy.close();
      await receiver.close();
      await qdrant?.stop();
      await redisServer.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Every seventh request is rejected; every eleventh gets no answer. */
function statusOf(attempt: number): number | null {
  if (attempt % 7 === 0) return 503;
  return attempt % 11 === 0 ? null : 204;
}
