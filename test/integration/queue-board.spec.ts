import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page } from 'playwright-core';
import {
  webhookGroupName,
  deliverWebhookContract,
} from '#shared/contracts/deliver-webhook.contract.js';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { examples } from '../fuzz/payload-examples.js';
import { launchChromium } from '../support/chromium.js';
import { embedJob } from '../support/dead-letters.js';
import { IngestBed, type TestIngest } from '../support/ingest-tests.js';
import { waitUntil } from '../support/wait-until.js';

const ADMIN_KEY = 'zq-admin-key-0123456789';
const TENANT_KEY = 'key-of-the-default-tenant';
const BOARD = '/admin/queues';
const AS_ADMIN = { authorization: `Bearer ${ADMIN_KEY}` };

interface ShownQueue {
  readonly name: string;
  readonly readOnlyMode: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly jobs: readonly { readonly data: unknown }[];
}

let bed: IngestBed;
let ingest: TestIngest;

beforeAll(async () => {
  bed = await IngestBed.make();
  ingest = await bed.start({ ADMIN_KEY, API_KEYS: `${TENANT_KEY}:default` });
  await bed.redis.xgroup('CREATE', EVENT_STREAM, webhookGroupName('ops'), '$', 'MKSTREAM');
  const hook = deliverWebhookContract('ops', { attempts: 1, backoffMs: 1 });
  const embedding = new ContractProducer(embedImageContract, bed.redis);
  await embedding.addBulk(['a.jpg', 'b.jpg'].map((key) => embedJob(key)));
  await embedding.add(embedJob('live.jpg', { lane: 'live' }));
  const matching = new ContractProducer(matchFacesContract, bed.redis);
  await matching.add(matchFacesContract.payload.parse(examples.matchFaces));
  const delivering = new ContractProducer(hook, bed.redis);
  await delivering.add(hook.payload.parse(examples.deliverWebhook));
  for (const producer of [embedding, matching, delivering]) await producer.close();
}, 60_000);

afterAll(() => bed.close());

function ask(route: string, init: RequestInit = {}, url = ingest.url): Promise<Response> {
  return fetch(new URL(`${BOARD}${route}`, url), { redirect: 'manual', ...init });
}

async function shown(query = ''): Promise<ShownQueue[]> {
  const answer = await ask(`/api/queues?${query}`, { headers: AS_ADMIN });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { queues: ShownQueue[] }).queues;
}

function basic(user: string, password: string) {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

describe('the queue board', () => {
  it.each([undefined, ''])('does not exist when ADMIN_KEY is %p', async (key) => {
    const other = await bed.start(key === undefined ? {} : { ADMIN_KEY: key });
    for (const route of ['', '/', '/api/queues', '/static/favicon.ico']) {
      expect((await ask(route, { headers: AS_ADMIN }, other.url)).status).toBe(404);
    }
  });

  it.each<[string, Record<string, string>]>([
    ['a request without a key', {}],
    ['the key of a tenant', { authorization: `Bearer ${TENANT_KEY}` }],
    ['another user', basic('root', ADMIN_KEY)],
    ['a wrong password', basic('admin', `${ADMIN_KEY}x`)],
  ])('refuses %s on every path', async (_, headers) => {
    for (const route of ['', '/', '/api/queues', '/static/favicon.ico', '/../queues/api/queues']) {
      const answer = await ask(route, { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
      expect(await answer.json()).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
    }
  });

  it('does not give its user access to the API', async () => {
    for (const headers of [AS_ADMIN, basic('admin', ADMIN_KEY)]) {
      expect((await fetch(new URL('/v1/imports', ingest.url), { headers })).status).toBe(401);
    }
  });

  it('shows every queue with its counts', async () => {
    const queues = await shown();
    expect(queues.map(({ name, counts }) => [name, counts.waiting, counts.prioritized])).toEqual([
      ['embed-image', 1, 2],
      ['match-faces', 0, 1],
      ['deliver-webhook-ops', 1, 0],
    ]);
    expect(queues.every(({ readOnlyMode }) => readOnlyMode)).toBe(true);
  });

  it('shows the data of a job without its embeddings', async () => {
    const queues = await shown('activeQueue=match-faces&status=prioritized');
    const { jobs } = queues.find(({ name }) => name === 'match-faces')!;
    const { image, faces } = examples.matchFaces;
    expect(jobs.map(({ data }) => data)).toMatchObject([{ image, faces: [{ embedding: '…' }] }]);
    expect(JSON.stringify(queues)).not.toContain(faces[0]!.embedding);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('refuses the method %s', async (method) => {
    const before = await bed.redis.dbsize();
    for (const route of ['/api/queues/pause', '/api/queues/embed-image/obliterate', '/']) {
      const answer = await ask(route, { method, headers: AS_ADMIN });
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe('GET, HEAD');
      expect(await answer.json()).toMatchObject({ error: { code: 'BOARD_READ_ONLY' } });
    }
    expect(await bed.redis.dbsize()).toBe(before);
    expect((await shown())[0]!.counts).toMatchObject({ waiting: 1, prioritized: 2 });
  });

  it('forbids browsers to store it and other sites to embed it', async () => {
    const { headers } = await ask('/', { headers: AS_ADMIN });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it('links to no other host', async () => {
    const page = await (await ask('/', { headers: AS_ADMIN })).text();
    expect(page).toContain('static/js/main');
    expect(page).not.toMatch(/(href|src)="(https?:)?\/\//);
  });

  it('does not start with a key that is too short', async () => {
    await expect(bed.start({ ADMIN_KEY: 'short' })).rejects.toThrow(/ADMIN_KEY.*16 characters/s);
  });
});

describe('the queue board without Redis', () => {
  it('answers at once that Redis is unavailable, and does not delay the shutdown', async () => {
    const lonely = await IngestBed.make();
    const app = await lonely.start({ ADMIN_KEY });
    await lonely.stopRedis();
    await waitUntil('a failed connection to Redis', () => app.log().includes('ECONNREFUSED'));
    const answer = await ask('/api/queues', { headers: AS_ADMIN }, app.url);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'REDIS_UNAVAILABLE' } });
    await app.stop();
    await lonely.close();
  }, 60_000);
});

describe('the queue board in a browser', () => {
  let browser: Browser;
  let page: Page;
  const asked: string[] = [];
  /** Why requests were blocked by the browser, such as `csp`, or got no answer. */
  const failed: string[] = [];
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    const httpCredentials = { username: 'admin', password: ADMIN_KEY };
    page = await (await browser.newContext({ httpCredentials })).newPage();
    page.on('requestfinished', (request) => asked.push(new URL(request.url()).origin));
    page.on('requestfailed', (request) => failed.push(request.failure()!.errorText));
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(`${ingest.url}${BOARD}/`, { waitUntil: 'load' });
  }, 60_000);

  afterAll(() => browser.close());

  it('lists the queues and their waiting jobs', async () => {
    const list = page.locator('#root');
    for (const name of ['embed-image', 'match-faces', 'deliver-webhook-ops']) {
      await list.getByText(name, { exact: true }).first().waitFor();
    }
    await page.locator('a[href*="queue/embed-image"]').first().click();
    await list.getByText('a.jpg').first().waitFor();
  }, 60_000);

  it('sends requests only to this server and has no errors', () => {
    expect([...new Set(asked)]).toEqual([ingest.url]);
    expect(failed).toEqual([]);
    expect(problems).toEqual([]);
  });
});
