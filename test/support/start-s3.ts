import { randomUUID } from 'node:crypto';
import S3rver from 's3rver';
import { AddressPolicy } from '#shared/platform/net/address-policy.js';
import { openStore } from '#shared/platform/storage/open-stores.js';
import { MemoryS3Store } from './memory-s3-store.js';

export interface TestS3 {
  /** URL of a new store, for the setting STORES. */
  storeUrl(prefix?: string): string;
  /** Settings with which a child process can access the server. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Test servers may have any address. */
const EVERYWHERE = '0.0.0.0/0,::/0';
export const ANY_ADDRESS = new AddressPolicy(EVERYWHERE.split(','));

const BUCKET = 'sightline-test';
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };

/**
 * A real S3 API over HTTP: s3rver on a free port with its objects in memory, or the store of
 * SIGHTLINE_TEST_S3_URL (s3://bucket/prefix?endpoint=…).
 */
export async function startS3(options: { port?: number } = {}): Promise<TestS3> {
  const external = process.env.SIGHTLINE_TEST_S3_URL;
  if (external !== undefined && external !== '') return externalS3(new URL(external));
  Object.assign(process.env, CREDENTIALS);
  const server = new S3rver({
    port: options.port ?? 0,
    address: '127.0.0.1',
    silent: true,
    vhostBuckets: false,
    configureBuckets: [{ name: BUCKET }],
  });
  server.store = server.context.store = new MemoryS3Store();
  // Runs after the middleware for logs and XML.
  server.middleware.splice(2, 0, completeListing);
  const { port } = await server.run();
  const settings = `endpoint=http://127.0.0.1:${port}&region=us-east-1&pathStyle=true`;
  return {
    storeUrl: (prefix = randomUUID()) => `s3://${BUCKET}/${prefix}?${settings}`,
    environment: { ...CREDENTIALS, ALLOW_INTERNAL_ADDRESSES: EVERYWHERE },
    async stop() {
      server.httpServer.closeAllConnections();
      await server.close();
    },
  };
}

function externalS3(base: URL): TestS3 {
  const used: string[] = [];
  return {
    storeUrl(prefix = randomUUID()) {
      const url = new URL(base);
      url.pathname = `${base.pathname.replace(/\/$/, '')}/${prefix}`;
      used.push(url.href);
      return url.href;
    },
    environment: {
      ...Object.fromEntries(
        Object.entries(process.env).flatMap(([name, value]) =>
          name.startsWith('AWS_') && value !== undefined ? [[name, value]] : [],
        ),
      ),
      ALLOW_INTERNAL_ADDRESSES: EVERYWHERE,
    },
    async stop() {
      for (const url of used) await empty(new URL(url));
    },
  };
}

async function empty(url: URL): Promise<void> {
  const store = openStore(url, ANY_ADDRESS);
  for (;;) {
    const { objects } = await store.list('', { limit: 1000 });
    if (objects.length === 0) return;
    for (const { key } of objects) await store.delete(key);
  }
}

interface ListBucketResult {
  IsTruncated: boolean;
  EncodingType?: string;
  KeyCount: number;
  Prefix: string;
  Contents: { Key: string }[];
}

interface Context {
  query: Record<string, string | undefined>;
  body: unknown;
}

/**
 * Completes s3rver's responses to ListObjectsV2. s3rver does not support encoding-type, and its continuation token
 * needs a cipher that Node no longer has, so it always gets complete lists.
 */
async function completeListing(context: Context, next: () => Promise<void>): Promise<void> {
  await next();
  const result = (context.body as { ListBucketResult?: ListBucketResult } | null)?.ListBucketResult;
  if (!result) return;
  const limit = Number(context.query['max-keys'] ?? 1000);
  result.IsTruncated = result.Contents.length > limit;
  result.Contents = result.Contents.slice(0, limit);
  result.KeyCount = result.Contents.length;
  if (context.query['encoding-type'] !== 'url') return;
  result.EncodingType = 'url';
  result.Prefix = encode(result.Prefix);
  for (const object of result.Contents) object.Key = encode(object.Key);
}

/** Encodes a key as AWS does: a space becomes '+'. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%2F', '/');
}
