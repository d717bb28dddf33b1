import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import path from 'node:path';
import { importsHttp } from '#shared/contracts/http/imports.http.js';
import { deadLetterKeys } from '#shared/platform/ledger/keys.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { callApi, imageForm } from '../support/call-api.js';
import { freePort } from '../support/free-port.js';
import { emit, matchEvent } from '../support/match-events.js';
import { runCli, startCli } from '../support/run-cli.js';
import { DIST, startApp, type RunningApp } from '../support/start-app.js';
import { makeMatcherFolders, type TestFolders } from '../support/start-matcher.js';
import { startReceiver, type Receiver } from '../support/start-receiver.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

/** Unique values, so that a search finds only leaked secrets. */
const SECRETS = {
  redis: 'zq-redis-Pass.1',
  wrongRedis: 'zq-redis-Wrong.2',
  apiKey: 'zq-api-key-0123456789',
  adminKey: 'zq-admin-key-0123456789',
  wrongKey: 'zq-wrong-key-0123456789',
  webhook: Buffer.from('zq webhook secret, thirty bytes').toString('base64'),
  hookPassword: 'zq-hook-Pass.3',
  awsId: 'ZQAWSKEYID0123456789',
  awsSecret: 'zq/aws+secret/access+key/0123456789',
  awsToken: 'zq-aws-session-token==',
  qdrant: 'zq-qdrant-key-0123456789',
  storePassword: 'zq-store-Pass.4',
};

let redis: TestRedis;
let folders: TestFolders;
let hook: Receiver;
/** An S3 server whose error messages repeat the credentials of the request. */
let s3: Server;
const apps: RunningApp[] = [];
/** Responses, logs and other output, by origin. */
const texts = new Map<string, string>();

beforeAll(async () => {
  redis = await startRedis(SECRETS.redis);
  folders = await makeMatcherFolders(redis.url);
  hook = await startReceiver(() => 500);
  s3 = createServer((request, response) => {
    const { authorization = '', 'x-amz-security-token': token = '' } = request.headers;
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(
      `<Error><Code>AccessDenied</Code><Message>${authorization} ${String(token)} ` +
        `${SECRETS.awsSecret} may not</Message></Error>`,
    );
  }).listen(0, '127.0.0.1');
  await once(s3, 'listening');
});

afterAll(async () => {
  await Promise.all(apps.map((app) => app.kill()));
  await hook.close();
  s3.closeAllConnections();
  s3.close();
  await folders.remove();
});

function settings(): Record<string, string> {
  const { port } = s3.address() as AddressInfo;
  const url = new URL(hook.url);
  url.username = 'ops';
  url.password = SECRETS.hookPassword;
  return {
    ...folders.env,
    STORES: `${folders.env.STORES!} bucket=s3://bucket/?endpoint=http://127.0.0.1:${port}&pathStyle=true`,
    ALLOW_INTERNAL_ADDRESSES: '127.0.0.1',
    API_KEYS: `${SECRETS.apiKey}:default`,
    ADMIN_KEY: SECRETS.adminKey,
    AWS_ACCESS_KEY_ID: SECRETS.awsId,
    AWS_SECRET_ACCESS_KEY: SECRETS.awsSecret,
    AWS_SESSION_TOKEN: SECRETS.awsToken,
    WEBHOOKS: JSON.stringify([{ name: 'ops', url: url.href, secret: `whsec_${SECRETS.webhook}` }]),
    WEBHOOK_ATTEMPTS: '2',
    WEBHOOK_RETRY_MS: '20',
    LOG_LEVEL: 'verbose',
  };
}

async function start(name: 'ingest' | 'matcher', changes: Record<string, string> = {}) {
  const until = 'live' as const;
  const app = await startApp(name, { ...settings(), ...changes }, until);
  apps.push(app);
  return app;
}

async function ask(url: string, method: string, route: string, body?: unknown, key?: string) {
  const headers = { authorization: `Bearer ${key ?? SECRETS.apiKey}` };
  const answer = await callApi(url, method, route, body, headers);
  note(`${method} ${route}`, JSON.stringify(answer.body));
  return answer;
}

function note(from: string, text: string): void {
  texts.set(`${texts.size} ${from}`, text);
}

/** Output of a service whose settings are wrong. */
async function failingStart(name: string, changes: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [path.join(DIST, `apps/${name}/src/main.js`)], {
    env: { PATH: process.env.PATH, ...settings(), PORT: '0', ...changes },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  expect(child.exitCode).toBe(1);
  note(`${name} that does not start`, output);
  return output;
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}

describe('secrets of the settings', () => {
  it('are not in the responses of ingest when its store refuses access', async () => {
    const ingest = await start('ingest');
    const { body } = await ask(ingest.url, 'GET', '/health/ready');
    // The message of the store is shown, with its secrets hidden.
    expect(JSON.stringify(body)).toMatch(/AccessDenied.*\*\*\*.*may not/);
    const event = { cameraId: 'door', observedAt: '2024-05-06T07:08:09Z' };
    const image = { store: 'bucket', key: 'a.jpg' };
    await ask(ingest.url, 'POST', '/v1/camera-events', { ...event, image });
    const started = await ask(ingest.url, 'POST', '/v1/imports', { store: 'bucket' });
    const { id } = importsHttp.start.response.parse(started.body);
    await waitUntil('the error of the import', async () => {
      const { body: view } = await ask(ingest.url, 'GET', `/v1/imports/${id}`);
      return importsHttp.read.response.parse(view).error;
    });
    expect((await ask(ingest.url, 'GET', '/v1/imports', undefined, SECRETS.wrongKey)).status).toBe(
      401,
    );
    await ask(ingest.url, 'POST', '/v1/imports', { store: SECRETS.apiKey, [SECRETS.apiKey]: 1 });
    await ask(ingest.url, 'GET', `/v1/${SECRETS.apiKey}?key=${SECRETS.apiKey}`);
    for (const key of [SECRETS.adminKey, SECRETS.wrongKey]) {
      await ask(ingest.url, 'GET', '/admin/queues/api/queues', undefined, key);
      await ask(ingest.url, 'GET', `/admin/queues/api/queues/${key}/${key}`, undefined, key);
    }
    await ask(ingest.url, 'POST', '/v1/camera-events', imageForm({}, { [SECRETS.apiKey]: 'x' }));
  });

  it('are not in the dead letter and the log of a failed delivery', async () => {
    const matcher = await start('matcher');
    const client = connectRedis(redis.url, 'test');
    await waitUntil('the consumer group', async () =>
      JSON.stringify(await client.xinfo('GROUPS', 'sightline:events').catch(() => '')).includes(
        'ops',
      ),
    );
    await emit(client, matchEvent('a.jpg'));
    await waitUntil('the delivery to fail permanently', () =>
      client.exists(deadLetterKeys.counts('default')),
    );
    expect(hook.requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from(`ops:${SECRETS.hookPassword}`).toString('base64')}`,
    );
    await client.quit();
    await ask(matcher.url, 'GET', '/health/ready');
    await ask(matcher.url, 'GET', '/v1/people', undefined, SECRETS.wrongKey);
  });

  it('are not in the output when Redis refuses the password', async () => {
    const url = new URL(redis.url);
    url.password = SECRETS.wrongRedis;
    const ingest = await start('ingest', { REDIS_URL: url.href });
    const { status } = await ask(ingest.url, 'GET', '/health/ready');
    expect(status).toBe(503);
    await waitUntil('the log', () => ingest.log().includes('WRONGPASS'));
  });

  it('are not in the errors of invalid settings', async () => {
    const { storePassword, webhook, apiKey, redis: password } = SECRETS;
    const output = await failingStart('matcher', {
      REDIS_URL: `http://me:${password}@host`,
      STORES: `uploads=ftp://me:${storePassword}@host`,
      WEBHOOKS: JSON.stringify([{ name: 'A B', url: 'x', secret: webhook, [webhook]: 1 }]),
      API_KEYS: `${apiKey}:a:b`,
    });
    for (const name of ['REDIS_URL', 'STORES', 'WEBHOOKS', 'API_KEYS'])
      expect(output).toContain(name);
    await failingStart('ingest', {
      STORES: `${folders.env.STORES!} a=s3://me:${storePassword}@bucket`,
    });
  });

  it('are not in the output while Qdrant is unavailable', async () => {
    const matcher = await start('matcher', {
      QDRANT_URL: `http://me:${SECRETS.qdrant}@127.0.0.1:${await freePort()}`,
      QDRANT_API_KEY: SECRETS.qdrant,
    });
    await waitUntil('the log', () => matcher.log().includes('waiting for vectors'));
    expect((await ask(matcher.url, 'GET', '/health/ready')).status).toBe(503);
  });

  it('are not in the output of the command line', async () => {
    const data = path.join(folders.root, 'cli');
    const [ingest] = apps;
    const environment = {
      SIGHTLINE_INGEST_URL: ingest!.url,
      SIGHTLINE_MATCHER_URL: ingest!.url,
      SIGHTLINE_API_KEY: SECRETS.wrongKey,
      REDIS_URL: redis.url,
    };
    for (const args of [
      ['imports', 'list'],
      ['people', 'list'],
    ]) {
      const run = startCli(data, args, environment);
      expect(await run.ended).toBe(1);
      note(args.join(' '), run.output());
    }
    const place = `s3://me:${SECRETS.storePassword}@`;
    note('demo', (await runCli(data, 'demo', '--archive', place)).output);
  }, 60_000);

  it('are not in the output when Redis has stopped', async () => {
    const written = path.join(redis.folder, 'appendonlydir');
    for (const file of await readdir(written)) {
      note('Redis', await readFile(path.join(written, file), 'latin1'));
    }
    await redis.stop();
    for (const app of apps) await ask(app.url, 'GET', '/health/ready');
    await waitUntil('the logs', () => apps.every((app) => app.log().includes('ECONNREFUSED')));
  });

  it('are in none of the collected output, and in nothing that was written to Redis', () => {
    for (const app of apps) note('log', app.log());
    expect([...texts.values()].join('')).toContain('STORE_ACCESS_DENIED');
    for (const [from, text] of texts) {
      for (const [name, secret] of Object.entries(SECRETS)) {
        const found = formsOf(secret).filter((form) => text.includes(form));
        expect({ from, name, found }).toEqual({ from, name, found: [] });
      }
    }
  });
});
