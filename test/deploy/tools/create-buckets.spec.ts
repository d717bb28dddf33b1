import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openStore } from '#shared/platform/storage/open-stores.js';
import { ANY_ADDRESS, startS3, type TestS3 } from '../../support/start-s3.js';
import { runTool } from './run-tool.js';

let s3: TestS3;

beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.stop());

it('creates the buckets of STORES that are missing, and does it again without harm', async () => {
  const url = new URL(s3.storeUrl('uploads'));
  const bucket = `sightline-made-${process.pid}`;
  url.hostname = bucket;
  const settings = { ...s3.environment, STORES: `photos=file:///photos uploads=${url.href}` };
  await expect(openStore(url, ANY_ADDRESS).check()).rejects.toThrow();
  expect(await runTool('create-buckets.mjs', settings)).toBe(`created ${bucket}\n`);
  await openStore(url, ANY_ADDRESS).check();
  expect(await runTool('create-buckets.mjs', settings)).toBe(`${bucket} is there already\n`);
});

it('fails when the server does not let it in', async () => {
  const settings = {
    AWS_ACCESS_KEY_ID: 'nobody',
    AWS_SECRET_ACCESS_KEY: 'knows',
    STORES: `uploads=${s3.storeUrl()}`,
  };
  await expect(runTool('create-buckets.mjs', settings)).rejects.toThrow('InvalidAccessKeyId');
});
