import { z } from 'zod';
import { storeNameSchema } from '../../contracts/image-ref.js';

/** Store of camera snapshots, query images and enrolment photographs. */
export const UPLOADS_STORE = 'uploads';

export const storageConfigShape = {
  STORES: z
    .string()
    .transform((text, context) => {
      const stores = new Map<string, URL>();
      const pairs = text.split(/\s+/).filter((part) => part !== '');
      for (const [place, pair] of pairs.entries()) {
        const at = pair.indexOf('=');
        const name = storeNameSchema.safeParse(pair.slice(0, at));
        const url = pair.slice(at + 1);
        if (at < 1 || !name.success || !URL.canParse(url) || !/^(file|s3):/.test(url)) {
          context.addIssue({
            code: 'custom',
            message: `expected name=file://… or name=s3://… pairs; entry ${place + 1} is not such a pair`,
          });
          return z.NEVER;
        }
        if (stores.has(name.data)) {
          context.addIssue({ code: 'custom', message: `store ${name.data} appears twice` });
          return z.NEVER;
        }
        stores.set(name.data, new URL(url));
      }
      if (!stores.has(UPLOADS_STORE)) {
        context.addIssue({ code: 'custom', message: `a store named ${UPLOADS_STORE} is required` });
        return z.NEVER;
      }
      return stores;
    })
    .meta({
      description:
        'Object stores: `NAME=URL` pairs, separated by spaces. A URL is `file:///folder` or `s3://bucket/prefix`, with the parameters `endpoint`, `region` and `pathStyle=true` for S3 servers other than AWS. The store `uploads` is required: it receives camera snapshots, query images and enrolment photographs. Write a space in a path as `%20`. Credentials come from the AWS default chain, never from this setting. Every key of `API_KEYS` may import from every store except `uploads`.',
      examples: [
        'archive=file:///srv/photos uploads=file:///srv/uploads',
        'archive=s3://footage/2026?region=eu-central-1 uploads=s3://sightline/uploads?endpoint=http://minio:9000&region=us-east-1&pathStyle=true',
      ],
    }),
  STORES_FILE: z
    .string()
    .optional()
    .describe(
      'JSON file with further object stores, URLs by name. It is read when a store is asked for that is not known, so stores can be added while the service runs: `sightline import DIR` does that. `up` sets it. Every service that reads images needs the same file.',
    ),
};
