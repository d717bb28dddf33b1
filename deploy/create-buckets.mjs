// Creates the missing buckets of STORES on a new S3 server.
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { storageConfigShape } from '#shared/platform/storage/storage.config.js';
import { parseS3Url } from '#shared/platform/storage/s3-url.js';

const EXISTS_ALREADY = ['BucketAlreadyExists', 'BucketAlreadyOwnedByYou'];

const { STORES } = loadConfig(z.object(storageConfigShape));
const buckets = [...STORES.values()].filter(({ protocol }) => protocol === 's3:').map(parseS3Url);
for (const { bucket, endpoint, region, pathStyle } of buckets) {
  const client = new S3Client({ endpoint, region, forcePathStyle: pathStyle });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    process.stdout.write(`created ${bucket}\n`);
  } catch (error) {
    if (!EXISTS_ALREADY.includes(error.name)) throw error;
    process.stdout.write(`${bucket} exists already\n`);
  } finally {
    client.destroy();
  }
}
