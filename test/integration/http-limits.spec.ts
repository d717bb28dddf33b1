import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorBodySchema } from '#shared/contracts/http/errors.js';
import { imageForm } from '../support/call-api.js';
import { IngestBed, type TestIngest } from '../support/ingest-tests.js';
import { waitUntil } from '../support/wait-until.js';

let bed: IngestBed;
let ingest: TestIngest;

beforeAll(async () => {
  bed = await IngestBed.make();
  ingest = await bed.start({ MAX_UPLOAD_BYTES: '1000' });
});

afterAll(() => bed.close());

async function send(route: string, init: RequestInit) {
  const response = await fetch(new URL(route, ingest.url), { method: 'POST', ...init });
  const { error } = errorBodySchema.parse(await response.json());
  return { status: response.status, code: error.code };
}

function json(body: string): RequestInit {
  return { headers: { 'content-type': 'application/json' }, body };
}

const image = { image: new Blob(['x'], { type: 'image/jpeg' }) };
const many = (count: number, name: (i: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), 'x']));

describe('a request that exceeds the limits', () => {
  it.each<[string, number, string, RequestInit]>([
    ['a JSON body that is too large', 413, 'HTTP_413', json(JSON.stringify('x'.repeat(70_000)))],
    [
      'JSON that is nested too deeply',
      400,
      'REQUEST_INVALID',
      json('['.repeat(30_000) + ']'.repeat(30_000)),
    ],
    ['malformed JSON', 400, 'HTTP_400', json('{"store":')],
    [
      'JSON that sets a prototype',
      400,
      'REQUEST_INVALID',
      json('{"store":"archive","__proto__":{"x":1}}'),
    ],
    [
      'an unknown content encoding',
      415,
      'HTTP_415',
      {
        ...json('{}'),
        headers: { 'content-type': 'application/json', 'content-encoding': 'lzma' },
      },
    ],
    [
      'a form instead of JSON',
      400,
      'REQUEST_INVALID',
      { body: new URLSearchParams(many(2_000, String)) },
    ],
  ])('with %s is answered with %i %s', async (_, status, code, init) => {
    expect(await send('/v1/imports', init)).toEqual({ status, code });
  });

  it.each<[string, number, FormData]>([
    [
      'too many fields',
      400,
      imageForm(
        image,
        many(200, (i) => `field${i}`),
      ),
    ],
    ['a nested field', 400, imageForm(image, { 'a[b][c][d]': 'x' })],
    ['a long field', 400, imageForm(image, { cameraId: 'x'.repeat(10_000) })],
    ['a long field name', 400, imageForm(image, { ['x'.repeat(1_000)]: 'x' })],
    ['a file in an unknown field', 400, imageForm({ other: image.image })],
    [
      'too many files',
      400,
      imageForm(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, image.image]))),
    ],
    ['a file that is too large', 413, imageForm({ image: new Blob(['x'.repeat(2_000)]) })],
  ])('that uploads %s is answered with %i', async (_, status, body) => {
    const refusal = await send('/v1/camera-events', { body });
    expect(refusal.status).toBe(status);
    expect(refusal.code).toMatch(/^(UPLOAD_INVALID|IMAGE_TOO_LARGE)$/);
  });

  it('with headers that are too long is answered with 431', async () => {
    const headers = { 'x-long': 'x'.repeat(20_000) };
    expect((await fetch(new URL('/health/live', ingest.url), { headers })).status).toBe(431);
  });

  it('to an unknown or undecodable path is answered with 404 or 400', async () => {
    expect(await send('/v1/nowhere', {})).toEqual({ status: 404, code: 'HTTP_404' });
    expect(await send('/v1/imports/%ff/pause', {})).toEqual({ status: 400, code: 'HTTP_400' });
  });

  it('does not stop the service', async () => {
    expect((await ingest.call('GET', '/health/ready')).status).toBe(200);
    expect(Object.prototype).not.toHaveProperty('x');
  });
});

describe('uploads of several tenants', () => {
  const KEYS = { greedy: 'key-of-the-greedy-tenant', other: 'key-of-the-other-tenant' };
  let shared: TestIngest;

  beforeAll(async () => {
    shared = await bed.start({
      API_KEYS: `${KEYS.greedy}:greedy,${KEYS.other}:other`,
      UPLOADS_AT_ONCE: '8',
      UPLOAD_MEMORY_BYTES: '1000000',
      MAX_UPLOAD_BYTES: '900000',
    });
  });

  function begin(headers: Record<string, string> = {}) {
    const sent = request(`${shared.url}/v1/camera-events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${KEYS.greedy}`,
        'content-type': 'multipart/form-data; boundary=x',
        ...headers,
      },
      agent: false,
    });
    sent.on('error', () => undefined);
    return sent;
  }

  /** An upload that sends so many bytes of its image and never ends. */
  function hold(bytes: number) {
    const sent = begin();
    const file = 'content-disposition: form-data; name="image"; filename="a.jpg"';
    sent.write(`--x\r\n${file}\r\ncontent-type: image/jpeg\r\n\r\n`);
    sent.write('x'.repeat(bytes));
    return sent;
  }

  /** Whether an upload of this size is refused before its body is sent. */
  async function isRefused(bytes: number): Promise<boolean> {
    const sent = begin({ 'content-length': String(bytes) });
    sent.flushHeaders();
    const answer = once(sent, 'response') as Promise<[IncomingMessage]>;
    const status = await Promise.race([answer.then(([{ statusCode }]) => statusCode), sleep(500)]);
    sent.destroy();
    return status === 503;
  }

  async function upload(key: string, bytes: number): Promise<number> {
    const fields = { cameraId: 'door', observedAt: '2024-05-06T07:08:09Z' };
    const response = await fetch(new URL('/v1/camera-events', shared.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: imageForm({ image: new Blob(['y'.repeat(bytes)], { type: 'image/jpeg' }) }, fields),
    });
    await response.arrayBuffer();
    return response.status;
  }

  it.each<[string, number, number]>([
    ['slow ones', 20, 10],
    ['large ones', 2, 220_000],
  ])('leave room for the others when one tenant sends %s without end', async (_, count, bytes) => {
    const held = Array.from({ length: count }, () => hold(bytes));
    await waitUntil('the limit of the tenant', () => isRefused(400_000));
    expect(await upload(KEYS.other, 200_000)).toBe(202);
    for (const sent of held) sent.destroy();
    await waitUntil('room', async () => (await upload(KEYS.greedy, 400_000)) === 202);
  });
});
