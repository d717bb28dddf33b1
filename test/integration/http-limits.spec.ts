import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imageForm } from '../support/call-api.js';
import { IngestBed, type TestIngest } from '../support/ingest-tests.js';

let bed: IngestBed;
let ingest: TestIngest;

beforeAll(async () => {
  bed = await IngestBed.make();
  ingest = await bed.start({ MAX_UPLOAD_BYTES: '1000' });
});

afterAll(() => bed.close());

interface Refusal {
  readonly status: number;
  readonly code: string;
}

async function send(route: string, init: RequestInit): Promise<Refusal> {
  const response = await fetch(new URL(route, ingest.url), { method: 'POST', ...init });
  const { error } = (await response.json()) as { error: { code: string } };
  return { status: response.status, code: error.code };
}

function json(body: string): RequestInit {
  return { headers: { 'content-type': 'application/json' }, body };
}

const image = { image: new Blob(['x'], { type: 'image/jpeg' }) };
const many = (count: number, name: (i: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), 'x']));

describe('a request that is out of bounds', () => {
  it.each<[string, number, string, RequestInit]>([
    ['more JSON than any request has', 413, 'HTTP_413', json(JSON.stringify('x'.repeat(70_000)))],
    [
      'JSON nested without end',
      400,
      'REQUEST_INVALID',
      json('['.repeat(30_000) + ']'.repeat(30_000)),
    ],
    ['JSON that is none', 400, 'HTTP_400', json('{"store":')],
    ['a prototype', 400, 'REQUEST_INVALID', json('{"store":"archive","__proto__":{"x":1}}')],
    [
      'an encoding that is not known',
      415,
      'HTTP_415',
      {
        ...json('{}'),
        headers: { 'content-type': 'application/json', 'content-encoding': 'lzma' },
      },
    ],
    ['a form', 400, 'REQUEST_INVALID', { body: new URLSearchParams(many(2_000, String)) }],
  ])('%s is answered %i %s', async (_, status, code, init) => {
    expect(await send('/v1/imports', init)).toEqual({ status, code });
  });

  it.each<[string, number, FormData]>([
    [
      'fields without end',
      400,
      imageForm(
        image,
        many(200, (i) => `field${i}`),
      ),
    ],
    ['a nested field', 400, imageForm(image, { 'a[b][c][d]': 'x' })],
    ['a long field', 400, imageForm(image, { cameraId: 'x'.repeat(10_000) })],
    ['a long field name', 400, imageForm(image, { ['x'.repeat(1_000)]: 'x' })],
    ['a file nobody asked for', 400, imageForm({ other: image.image })],
    [
      'files without end',
      400,
      imageForm(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, image.image]))),
    ],
    ['a file that is too large', 413, imageForm({ image: new Blob(['x'.repeat(2_000)]) })],
  ])('an upload with %s is answered %i', async (_, status, body) => {
    const refusal = await send('/v1/camera-events', { body });
    expect(refusal.status).toBe(status);
    expect(refusal.code).toMatch(/^(UPLOAD_INVALID|IMAGE_TOO_LARGE)$/);
  });

  it('with longer headers than a browser sends is not read', async () => {
    const headers = { 'x-long': 'x'.repeat(20_000) };
    expect((await fetch(new URL('/health/live', ingest.url), { headers })).status).toBe(431);
  });

  it('to nowhere, or to what cannot be decoded, is answered as such', async () => {
    expect(await send('/v1/nowhere', {})).toEqual({ status: 404, code: 'HTTP_404' });
    expect(await send('/v1/imports/%ff/pause', {})).toEqual({ status: 400, code: 'HTTP_400' });
  });

  it('leaves the service at work', async () => {
    expect((await ingest.call('GET', '/health/ready')).status).toBe(200);
    expect(Object.prototype).not.toHaveProperty('x');
  });
});
