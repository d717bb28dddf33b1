import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errorBodySchema } from '#shared/contracts/http/errors.js';
import { imageForm } from '../support/call-api.js';
import { IngestBed, type TestIngest } from '../support/ingest-tests.js';

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
