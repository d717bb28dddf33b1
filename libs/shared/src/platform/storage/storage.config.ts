import { z } from 'zod';
import { storeNameSchema } from '../../contracts/image-ref.js';

/** Store that uploaded snapshots, query images and enrolment photographs are put in. */
export const UPLOADS_STORE = 'uploads';

/**
 * STORES: `name=url` pairs separated by whitespace, e.g.
 * `archive=file:///srv/photos uploads=s3://bucket/prefix?endpoint=http://minio:9000&region=us-east-1&pathStyle=true`.
 * Spaces in a path are written %20. Credentials come from the AWS default chain, never from here.
 */
export const storageConfigShape = {
  STORES: z.string().transform((text, context) => {
    const stores = new Map<string, URL>();
    const pairs = text.split(/\s+/).filter((part) => part !== '');
    for (const [place, pair] of pairs.entries()) {
      const at = pair.indexOf('=');
      const name = storeNameSchema.safeParse(pair.slice(0, at));
      const url = pair.slice(at + 1);
      if (at < 1 || !name.success || !URL.canParse(url) || !/^(file|s3):/.test(url)) {
        context.addIssue({
          code: 'custom',
          message: `expected name=file://… or name=s3://… pairs, entry ${place + 1} is none`,
        });
        return z.NEVER;
      }
      if (stores.has(name.data)) {
        context.addIssue({ code: 'custom', message: `store ${name.data} is given twice` });
        return z.NEVER;
      }
      stores.set(name.data, new URL(url));
    }
    if (!stores.has(UPLOADS_STORE)) {
      context.addIssue({ code: 'custom', message: `a store named ${UPLOADS_STORE} is needed` });
      return z.NEVER;
    }
    return stores;
  }),
};
