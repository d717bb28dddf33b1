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
