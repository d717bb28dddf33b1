import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { AddressPolicy } from '#shared/platform/net/address-policy.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { openStore } from '#shared/platform/storage/open-stores.js';
import { freePort } from '../support/free-port.js';
import { ANY_ADDRESS, startS3 } from '../support/start-s3.js';
import { describeObjectStore } from './object-store.conformance.js';

const s3 = await startS3();

afterAll(() => s3.stop());

describeObjectStore('S3ObjectStore', () =>
  Promise.resolve(openStore(new URL(s3.storeUrl()), ANY_ADDRESS)),
);

describe('S3ObjectStore', () => {
  it('does not leave its prefix', async () => {
    const outer = openStore(new URL(s3.storeUrl('outer')), ANY_ADDRESS);
    const inner = openStore(new URL(s3.storeUrl('outer/in ner')), ANY_ADDRESS);
    await outer.put('in ner', Buffer.from('beside'), 'image/jpeg');
    await inner.put('a.jpg', Buffer.from('a'), 'image/jpeg');
    const { objects } = await inner.list('', { limit: 10 });
    expect(objects.map(({ key }) => key)).toEqual(['a.jpg']);
    expect((await outer.stat('in ner/a.jpg')).version).toBe(objects[0]?.version);
  });

  it('fails with an error of class wait when the server is unavailable', async () => {
    const port = await freePort();
    const store = openStore(
      new URL(`s3://bucket/?endpoint=http://127.0.0.1:${port}&region=us-east-1&pathStyle=true`),
      ANY_ADDRESS,
    );
    const unavailable = { code: 'STORE_UNAVAILABLE', class: 'wait', stage: 'fetch' };
    await expect(store.check()).rejects.toMatchObject(unavailable);
    await expect(store.get('a.jpg', { maxBytes: 1 })).rejects.toMatchObject(unavailable);
    await expect(store.put('a.jpg', Buffer.from('x'), 'image/jpeg')).rejects.toMatchObject(
      unavailable,
    );
  });

  it('fails with an error of class wait when the server does not know the credentials', async () => {
    const known = process.env.AWS_ACCESS_KEY_ID;
    process.env.AWS_ACCESS_KEY_ID = 'UNKNOWN';
    const denied = { code: 'STORE_ACCESS_DENIED', class: 'wait' };
    try {
      await expect(openStore(new URL(s3.storeUrl()), ANY_ADDRESS).check()).rejects.toMatchObject(
        denied,
      );
    } finally {
      if (known === undefined) delete process.env.AWS_ACCESS_KEY_ID;
      else process.env.AWS_ACCESS_KEY_ID = known;
    }
  });

  it('fails with an error of class wait that names the bucket when the bucket does not exist', async () => {
    const url = new URL(s3.storeUrl());
    url.hostname = 'no-such-bucket';
    const missing = { code: 'STORE_BUCKET_MISSING', class: 'wait' };
    await expect(openStore(url, ANY_ADDRESS).list('', { limit: 1 })).rejects.toMatchObject(missing);
    await expect(openStore(url, ANY_ADDRESS).get('a.jpg', { maxBytes: 1 })).rejects.toMatchObject({
      ...missing,
      message: expect.stringContaining('no-such-bucket'),
    });
  });
});

describe('S3ObjectStore with a misbehaving server', () => {
  const server = createServer((request, response) => {
    response.setHeader('etag', '"other"');
    if (request.url?.includes('endless')) {
      const more = setInterval(() => response.write(Buffer.alloc(5000)), 1);
      response.on('close', () => clearInterval(more));
    } else if (request.url?.includes('broken-off')) {
      response.writeHead(200, { 'content-length': '1000' }).write('abc');
      setTimeout(() => response.destroy(), 20);
    } else if (request.url?.includes('failing')) {
      response.writeHead(500).end('<html>no S3 here');
    } else if (request.url?.includes('another')) {
      response.end('abc');
    }
  });
  let store: ObjectStore;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    store = openStore(
      new URL(`s3://b/?endpoint=http://127.0.0.1:${port}&pathStyle=true`),
      ANY_ADDRESS,
    );
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ['endless', 'OBJECT_TOO_LARGE', 'quarantine'],
    ['broken-off', 'STORE_UNAVAILABLE', 'wait'],
    ['failing', 'STORE_UNAVAILABLE', 'wait'],
  ])('reports a response that is %s as %s', async (key, code, errorClass) => {
    await expect(store.get(key, { maxBytes: 10_000, version: 'other' })).rejects.toMatchObject({
      code,
      class: errorClass,
    });
  });

  it('detects another version even if the server ignores If-Match', async () => {
    await expect(store.get('another', { maxBytes: 10, version: 'one' })).rejects.toMatchObject({
      code: 'OBJECT_CHANGED',
    });
  });

  it('closes the connection to a silent server on an abort', async () => {
    const signal = AbortSignal.timeout(100);
    await expect(store.get('silent', { maxBytes: 10, signal })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});

/** One entry of a scripted listing. */
interface ListedXml {
  readonly key: string;
  readonly size?: number;
  readonly storageClass?: string;
  readonly restore?: string;
}

describe('S3ObjectStore and what a listing may hold', () => {
  let pages: ((query: URLSearchParams) => string)[] = [];
  const queries: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const { searchParams, pathname } = new URL(request.url!, 'http://s3');
    if (searchParams.get('list-type') === '2') {
      queries.push(searchParams);
      const page = pages.shift() ?? (() => listing([]));
      response.setHeader('content-type', 'application/xml').end(page(searchParams));
    } else if (pathname.endsWith('/frozen.jpg')) {
      requests++;
      response
        .writeHead(403, { 'content-type': 'application/xml' })
        .end('<Error><Code>InvalidObjectState</Code><Message>not for this class</Message></Error>');
    } else if (pathname.endsWith('/versioned.jpg')) {
      // Of a bucket with versions: the newest one has another ETag than the one that was listed.
      const isListed = request.headers['if-match'] === '"v1"';
      response.setHeader('x-amz-version-id', 'L4kqtJlcpXroDTDmpUMLUo');
      if (isListed) response.writeHead(412).end();
      else response.setHeader('etag', '"v2"').end('new');
    } else {
      // A deleted object of a bucket with versions.
      response
        .writeHead(404, { 'x-amz-delete-marker': 'true', 'content-type': 'application/xml' })
        .end('<Error><Code>NoSuchKey</Code></Error>');
    }
  });
  let requests = 0;
  let store: ObjectStore;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `s3://b/in%20a?endpoint=http://127.0.0.1:${port}&pathStyle=true`;
    store = openStore(new URL(url), ANY_ADDRESS);
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  function listing(objects: readonly ListedXml[], next?: { readonly token: string }): string {
    const contents = objects.map(
      ({ key, size = 7, storageClass = 'STANDARD', restore = '' }) =>
        `<Contents><Key>in+a%2F${encodeURIComponent(key)}</Key><Size>${size}</Size><ETag>"v1"</ETag>` +
        `<LastModified>2024-05-06T07:08:09.000Z</LastModified>` +
        `<StorageClass>${storageClass}</StorageClass>${restore}</Contents>`,
    );
    const more = next ? `<NextContinuationToken>${next.token}</NextContinuationToken>` : '';
    return `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${next !== undefined}</IsTruncated>${more}${contents.join('')}</ListBucketResult>`;
  }

  it('skips what must be restored first, and folder markers, with the reason', async () => {
    const restored = (until: string, inProgress = false) =>
      `<RestoreStatus><IsRestoreInProgress>${inProgress}</IsRestoreInProgress><RestoreExpiryDate>${until}</RestoreExpiryDate></RestoreStatus>`;
    const future = new Date(Date.now() + 1e8).toISOString();
    pages = [
      () =>
        listing([
          { key: 'deep.jpg', storageClass: 'DEEP_ARCHIVE' },
          { key: 'empty/', size: 0 },
          { key: 'frozen.jpg', storageClass: 'GLACIER' },
          { key: 'full/', size: 7 },
          { key: 'instant.jpg', storageClass: 'GLACIER_IR' },
          { key: 'plain.jpg' },
          { key: 'restored.jpg', storageClass: 'GLACIER', restore: restored(future) },
          { key: 'restoring.jpg', storageClass: 'GLACIER', restore: restored(future, true) },
          {
            key: 'too-late.jpg',
            storageClass: 'GLACIER',
            restore: restored('2024-01-01T00:00:00Z'),
          },
        ]),
    ];
    const page = await store.list('', { limit: 100 });
    expect(page.objects.map(({ key }) => key)).toEqual([
      'full/',
      'instant.jpg',
      'plain.jpg',
      'restored.jpg',
    ]);
    expect(page.skipped).toEqual([
      { key: 'deep.jpg', reason: 'cold-storage' },
      { key: 'empty/', reason: 'folder-marker' },
      { key: 'frozen.jpg', reason: 'cold-storage' },
      { key: 'restoring.jpg', reason: 'cold-storage' },
      { key: 'too-late.jpg', reason: 'cold-storage' },
    ]);
  });

  it('goes on from a skipped object at the end of a page', async () => {
    pages = [() => listing([{ key: 'a.jpg', storageClass: 'GLACIER' }], { token: 't' })];
    const { cursor } = await store.list('', { limit: 1 });
    expect(cursor).toBe('a.jpg');
  });

  it('continues after empty pages, which a server sends where objects were deleted', async () => {
    queries.length = 0;
    pages = [
      () => listing([], { token: 'one' }),
      () => listing([], { token: 'two' }),
      () => listing([{ key: 'a.jpg' }]),
    ];
    const page = await store.list('', { limit: 10 });
    expect(page).toMatchObject({ objects: [{ key: 'a.jpg' }], cursor: null });
    expect(queries.map((query) => query.get('continuation-token'))).toEqual([null, 'one', 'two']);
    pages = [() => listing([], { token: 'one' }), () => listing([], { token: 'one' })];
    await expect(store.list('', { limit: 10 })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      class: 'wait',
    });
  });

  it('refuses an object that must be restored at once, without asking again', async () => {
    await expect(store.get('frozen.jpg', { maxBytes: 10 })).rejects.toMatchObject({
      code: 'OBJECT_ARCHIVED',
      class: 'quarantine',
      message: expect.stringContaining('restore it'),
    });
    expect(requests).toBe(1);
  });

  it('takes the listed version in a bucket with versions, and neither a newer nor a deleted one', async () => {
    const listed = { maxBytes: 10, version: 'v1' };
    await expect(store.get('versioned.jpg', listed)).rejects.toMatchObject({
      code: 'OBJECT_CHANGED',
    });
    await expect(store.get('deleted.jpg', listed)).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
  });
});

describe('S3ObjectStore with an internal address', () => {
  it.each([
    'http://127.0.0.1:9',
    'http://localhost:9',
    'https://[::1]:9',
    'http://2130706433:9',
    'http://169.254.169.254',
  ])('does not connect to %s unless it is allowed', async (endpoint) => {
    const url = new URL(`s3://b/?endpoint=${endpoint}&pathStyle=true`);
    const store = openStore(url, new AddressPolicy([]));
    const forbidden = {
      code: 'STORE_ADDRESS_FORBIDDEN',
      class: 'wait',
      message: expect.stringContaining('ALLOW_INTERNAL_ADDRESSES'),
    };
    await expect(store.check()).rejects.toMatchObject(forbidden);
    await expect(store.get('a.jpg', { maxBytes: 1 })).rejects.toMatchObject(forbidden);
    const large = Buffer.alloc(3 * 1024 ** 2);
    await expect(store.put('a.jpg', large, 'image/jpeg')).rejects.toMatchObject(forbidden);
  });
});
