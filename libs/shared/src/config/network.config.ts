import { z } from 'zod';
import { AddressPolicy } from '../net/address-policy.js';

export const networkConfigShape = {
  /**
   * Internal addresses that S3 endpoints and webhooks may be at, comma-separated: addresses, ranges and
   * host names, e.g. `10.0.0.0/8,fd00::/8,minio`. Loopback, private, link-local (cloud metadata) and
   * the like are refused unless they are listed.
   */
  ALLOW_INTERNAL_ADDRESSES: z
    .string()
    .default('')
    .transform((text, context) => {
      const entries = text.split(',').map((entry) => entry.trim());
      try {
        return new AddressPolicy(entries.filter((entry) => entry !== ''));
      } catch {
        context.addIssue({
          code: 'custom',
          message: 'expected addresses, ranges like 10.0.0.0/8 and host names, comma-separated',
        });
        return z.NEVER;
      }
    }),
};
