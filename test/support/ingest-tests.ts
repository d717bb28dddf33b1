import { type Redis } from 'ioredis';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { importsHttp, type ImportView } from '#shared/contracts/http/imports.http.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { closeRedis, connectRedis } from '#shared/platform/queue/redis.js';
import { callApi, type ApiAnswer } from './call-api.js';
import { startApp, type RunningApp } from './start-app.js';
import { startRedis, type TestRedis } from './start-redis.js';
import { writeTestPack } from './test-pack.js';
import { waitUntil } from './wait-until.js';

/** An ingest process. */
export interface TestIngest extends RunningApp {
  call(method: string, route: string, body?: unknown): Promise<ApiAnswer>;
}

/** A redis-server, two folders as stores, and ingest processes on them. */
export class IngestBed {
  readonly ledger: OutcomeLedger;
  private readonly started: RunningApp[] = [];

  private constructor(
    readonly folder: string,
    readonly redis: Redis,
    private readonly redisUrl: string,
    readonly stopRedis: () => Promise<void>,
  ) {
    this.ledger = new OutcomeLedger(redis);
  }

  /** @param started a redis-server that is stopped with the bed */
  static async make(started?: TestRedis): Promise<IngestBed> {
    const server = started ?? (await startRedis());
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'sightline-ingest-')));
    await mkdir(path.join(folder, 'archive'));
    await mkdir(path.join(folder, 'uploads'));
    await writeTestPack(path.join(folder, 'models'));
    const redis = connectRedis(server.url, 'test');
    return new IngestBed(folder, redis, server.url, () => server.stop());
  }

  get stores(): string {
    const url = (name: string) => pathToFileURL(path.join(this.folder, name)).href;
    return `archive=${url('archive')} uploads=${url('uploads')}`;
  }

  async start(settings: Readonly<Record<string, string>> = {}): Promise<TestIngest> {
    const app = await startApp('ingest', {
      REDIS_URL: this.redisUrl,
      STORES: this.stores,
      MODELS_DIR: path.join(this.folder, 'models'),
      MODEL_PACK: 'test',
      LOG_FORMAT: 'pretty',
      ...settings,
    });
    this.started.push(app);
    return { ...app, call: (method, route, body) => callApi(app.url, method, route, body) };
  }

  /** Writes files of a few bytes into a store. */
  async fill(keys: readonly string[], store: 'archive' | 'uploads' = 'archive'): Promise<void> {
    for (const key of keys) {
      const file = path.join(this.folder, store, key);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, key);
    }
  }

  /** Kills the ingest processes. */
  async killAll(): Promise<void> {
    for (const app of this.started.splice(0)) await app.kill();
  }

  async close(): Promise<void> {
    await this.killAll();
    await closeRedis(this.redis);
    await this.stopRedis();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function startImport(
  ingest: TestIngest,
  prefix: string,
  store = 'archive',
): Promise<ImportView> {
  const { body } = await ingest.call('POST', '/v1/imports', { store, prefix });
  return importsHttp.start.response.parse(body);
}

export async function readImport(ingest: TestIngest, id: string): Promise<ImportView> {
  const { body } = await ingest.call('GET', `/v1/imports/${id}`);
  return importsHttp.read.response.parse(body);
}

/** Waits until the import has ended and cannot change any more. */
export async function importOver(
  ingest: TestIngest,
  id: string,
  timeoutMs = 25_000,
): Promise<ImportView> {
  let last: ImportView | undefined;
  try {
    return await waitUntil(
      `import ${id} to be over`,
      async () => {
        last = await readImport(ingest, id);
        return last.finishedAt !== null && last;
      },
      timeoutMs,
    );
  } catch (error) {
    throw new Error(`import stands at ${JSON.stringify(last)}\n${ingest.log()}`, { cause: error });
  }
}

/** Number of images of an import that have an outcome. */
export function accounted({ counts, alreadyDone }: ImportView): number {
  return [...Object.values(counts), ...Object.values(alreadyDone)].reduce((sum, n) => sum + n, 0);
}

export function numbered(folder: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${folder}/${String(i).padStart(5, '0')}.jpg`);
}
