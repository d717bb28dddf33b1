import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openStore } from '#shared/platform/storage/open-stores.js';
import { ANY_ADDRESS, startS3, type TestS3 } from '../../support/start-s3.js';
import { PROJECT } from '../support/project.js';
import { type SnapshotServer, startSnapshotServer } from './start-snapshot-server.js';

/** Runs a script of deploy/ as a container does and returns its output. */
async function runTool(name: string, settings: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [`deploy/${name}`], {
    cwd: PROJECT,
    env: { PATH: process.env.PATH, ...settings },
  });
  return stdout;
}

describe('create-buckets.mjs', () => {
  let s3: TestS3;

  beforeAll(async () => {
    s3 = await startS3();
  });
  afterAll(() => s3.stop());

  it('creates the missing buckets of STORES, and changes nothing when it runs again', async () => {
    const url = new URL(s3.storeUrl('uploads'));
    const bucket = `sightline-made-${process.pid}`;
    url.hostname = bucket;
    const settings = { ...s3.environment, STORES: `photos=file:///photos uploads=${url.href}` };
    await expect(openStore(url, ANY_ADDRESS).check()).rejects.toThrow();
    expect(await runTool('create-buckets.mjs', settings)).toBe(`created ${bucket}\n`);
    await openStore(url, ANY_ADDRESS).check();
    expect(await runTool('create-buckets.mjs', settings)).toBe(`${bucket} exists already\n`);
  });

  it('fails when the server rejects the access key', async () => {
    const settings = {
      AWS_ACCESS_KEY_ID: 'nobody',
      AWS_SECRET_ACCESS_KEY: 'knows',
      STORES: `uploads=${s3.storeUrl()}`,
    };
    await expect(runTool('create-buckets.mjs', settings)).rejects.toThrow('InvalidAccessKeyId');
  });
});

describe('snapshot-vectors.mjs', () => {
  const nodes: SnapshotServer[] = [];
  const KEY = 'snapshot-key';

  async function startNode(): Promise<SnapshotServer> {
    const node = await startSnapshotServer(KEY, ['faces', 'people']);
    nodes.push(node);
    return node;
  }

  afterEach(() => nodes.splice(0).forEach((node) => node.stop()));

  it('makes a snapshot of each collection on each node, and keeps the newest ones', async () => {
    const [first, second] = [await startNode(), await startNode()];
    const settings = {
      QDRANT_NODE_URLS: `${first.url},${second.url}`,
      QDRANT_API_KEY: KEY,
      SNAPSHOTS_KEPT: '2',
    };
    for (let night = 0; night < 3; night += 1) await runTool('snapshot-vectors.mjs', settings);
    for (const node of [first, second]) {
      expect(node.names('faces')).toEqual(['faces-3.snapshot', 'faces-5.snapshot']);
      expect(node.names('people')).toEqual(['people-4.snapshot', 'people-6.snapshot']);
    }
  });

  it('fails when a node rejects the key', async () => {
    const node = await startNode();
    const settings = { QDRANT_NODE_URLS: node.url, QDRANT_API_KEY: 'wrong' };
    await expect(runTool('snapshot-vectors.mjs', settings)).rejects.toThrow('Forbidden');
  });
});
