import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { IngestBed, type TestIngest } from '../support/ingest-tests.js';
import { rawRequest } from '../support/raw-request.js';

const KEY = 'key-of-the-tenant-acme';
const METRICS_KEY = 'the-key-of-prometheus';
const ADMIN_KEY = 'the-key-of-the-admin';
const PAGE = 'https://page.example.org';
const AS_TENANT = { authorization: `Bearer ${KEY}` };

let bed: IngestBed;
let open: TestIngest;
let keyed: TestIngest;

beforeAll(async () => {
  bed = await IngestBed.make();
  open = await bed.start({ ALLOWED_HOSTS: 'ingest, 10.0.0.0/8', ADMIN_KEY });
  keyed = await bed.start({
    API_KEYS: `${KEY}:acme`,
    METRICS_KEY,
    CORS_ORIGINS: PAGE,
    ADMIN_KEY,
  });
}, 60_000);

afterAll(() => bed.close());

/** What a browser sends for a form or a no-cors request of a page: no preflight comes before it. */
async function postSnapshot(headers: Record<string, string>): Promise<{ code: string }> {
  const form = new FormData();
  form.append('cameraId', 'door');
  form.append('observedAt', '2024-05-06T07:08:09Z');
  form.append('image', new Blob(['snapshot'], { type: 'image/jpeg' }), 'a.jpg');
  const encoded = new Response(form);
  return rawRequest(
    `${open.url}/v1/camera-events`,
    { 'content-type': encoded.headers.get('content-type')!, ...headers },
    'POST',
    await encoded.text(),
  );
}

const port = (url: string) => new URL(url).port;

describe('without keys', () => {
  it.each<[string, Record<string, string>]>([
    ['with its origin', { origin: 'https://evil.example' }],
    ['with an origin of another port', { origin: 'http://127.0.0.1:1' }],
    ['of a file or a sandbox', { origin: 'null' }],
    ['by Sec-Fetch-Site alone', { 'sec-fetch-site': 'cross-site' }],
  ])('stores nothing that another page sends, %s', async (_, headers) => {
    const before = await bed.redis.dbsize();
    expect(await postSnapshot(headers)).toMatchObject({ status: 403, code: 'ORIGIN_NOT_ALLOWED' });
    expect(await bed.redis.dbsize()).toBe(before);
  });

  it('takes the same from a program, and from its own page', async () => {
    expect(await postSnapshot({})).toMatchObject({ status: 202 });
    const own = { origin: open.url, 'sec-fetch-site': 'same-origin' };
    expect(await postSnapshot(own)).toMatchObject({ status: 202 });
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '0.0.0.0'])(
    'answers nothing under the name %s, which a page may have pointed here',
    async (name) => {
      const host = `${name}:${port(open.url)}`;
      const routes = [
        '/v1/imports',
        '/metrics',
        '/metrics/scaling',
        '/docs',
        '/admin/queues/',
        '/no',
      ];
      for (const route of routes) {
        const answer = await rawRequest(open.url + route, { host });
        expect({ route, ...answer }).toMatchObject({
          route,
          status: 403,
          code: 'HOST_NOT_ALLOWED',
        });
      }
      // The page is of the same origin then, as far as the browser knows.
      const post = await postSnapshot({ host, origin: `http://${host}` });
      expect(post).toMatchObject({ status: 403, code: 'HOST_NOT_ALLOWED' });
    },
  );

  it.each([
    'localhost',
    'LOCALHOST:80',
    '127.0.0.1',
    '127.9.9.9',
    '[::1]:7001',
    'ingest',
    '10.1.2.3',
  ])('answers under %s', async (host) => {
    expect(await rawRequest(`${open.url}/v1/imports`, { host })).toMatchObject({ status: 200 });
  });

  it('lets no page of CORS_ORIGINS in', async () => {
    const listed = await bed.start({ CORS_ORIGINS: PAGE });
    const answer = await rawRequest(`${listed.url}/v1/imports`, { origin: PAGE });
    expect(answer).toMatchObject({ status: 403, code: 'ORIGIN_NOT_ALLOWED' });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('health', () => {
  it.each<[string, Record<string, string>]>([
    ['a probe by the address of its pod', { host: '172.16.0.7:7001' }],
    ['a page under a name of its own', { host: 'evil.example' }],
    ['a page of another origin', { origin: 'https://evil.example' }],
    ['an image of another page', { 'sec-fetch-site': 'cross-site' }],
  ])('tells %s only its status', async (_, headers) => {
    const ready = await rawRequest(`${open.url}/health/ready`, headers);
    expect(ready).toMatchObject({ status: 200, body: { status: 'ready', checks: [] } });
    expect(await rawRequest(`${open.url}/health/live`, headers)).toMatchObject({ status: 200 });
  });

  it('has its details for allowed names, and with keys for this machine or a key', async () => {
    const checks = async (url: string, headers: Record<string, string>) => {
      const { body } = await rawRequest(`${url}/health/ready`, headers);
      return (body as { checks: unknown[] }).checks.length;
    };
    expect(await checks(open.url, { host: 'ingest:7001' })).toBe(3);
    expect(await checks(keyed.url, {})).toBe(3);
    const proxied = { 'x-forwarded-for': '203.0.113.7' };
    expect(await checks(keyed.url, proxied)).toBe(0);
    for (const key of [KEY, METRICS_KEY, ADMIN_KEY]) {
      expect(await checks(keyed.url, { ...proxied, authorization: `bearer ${key}` })).toBe(3);
    }
    expect(await checks(keyed.url, { ...proxied, authorization: `Bearer ${KEY}x` })).toBe(0);
  });
});

describe('with keys', () => {
  it('answers under every name, and refuses pages of origins that are not listed', async () => {
    const host = 'sightline.example.org';
    const routes = { '/v1/imports': KEY, '/metrics': METRICS_KEY, '/admin/queues/': ADMIN_KEY };
    for (const [route, key] of Object.entries(routes)) {
      const headers = { host, authorization: `Bearer ${key}` };
      expect(await rawRequest(keyed.url + route, headers)).toMatchObject({ status: 200 });
      const foreign = { ...headers, origin: 'https://evil.example' };
      const answer = await rawRequest(keyed.url + route, foreign);
      expect(answer).toMatchObject({ status: 403, code: 'ORIGIN_NOT_ALLOWED' });
    }
  });

  it('lets the pages of CORS_ORIGINS in', async () => {
    const preflight = await rawRequest(
      `${keyed.url}/v1/imports`,
      {
        origin: PAGE,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
      'OPTIONS',
    );
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-headers': expect.stringContaining('authorization'),
    });
    const read = await rawRequest(`${keyed.url}/v1/imports`, { origin: PAGE, ...AS_TENANT });
    expect(read).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': PAGE } });
    const without = await rawRequest(`${keyed.url}/v1/imports`, { origin: PAGE });
    expect(without).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  });

  it('lets nothing be taken for a page', async () => {
    for (const route of ['/v1/imports', '/health/live', '/metrics', '/no']) {
      const { headers } = await rawRequest(keyed.url + route, AS_TENANT);
      expect({ route, ...headers }).toMatchObject({ route, 'x-content-type-options': 'nosniff' });
    }
  });
});

describe('one connection that announces more than any request has', () => {
  it('is refused at once, and shuts nobody out', async () => {
    const endless = request(`${open.url}/v1/camera-events`, {
      method: 'POST',
      headers: {
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': '99999999999',
      },
    });
    endless.on('error', () => undefined);
    const status = new Promise((resolve) => {
      endless.on('response', (response) => resolve(response.statusCode));
    });
    const begin = performance.now();
    endless.write('--x\r\n');
    expect(await status).toBe(413);
    expect(performance.now() - begin).toBeLessThan(1_000);
    expect(await postSnapshot({})).toMatchObject({ status: 202 });
    endless.destroy();
  });
});
