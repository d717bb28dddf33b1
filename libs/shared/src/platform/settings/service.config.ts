import { z } from 'zod';
import { AddressPolicy } from '../net/address-policy.js';
import { DEFAULT_TENANT_SERIES } from '../observability/metrics.js';

/** Settings that every service has. */
export const serviceConfigShape = {
  /** Address the HTTP server listens on. Loopback unless told: the API names people. */
  HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(['error', 'warn', 'log', 'debug', 'verbose']).default('log'),
  LOG_FORMAT: z.enum(['json', 'pretty']).default('json'),
  /** How long SIGTERM waits for work in hand, milliseconds. */
  SHUTDOWN_TIMEOUT_MS: z.coerce.number().int().positive().default(30_000),
  /** What Prometheus and KEDA must send as `Authorization: Bearer KEY`; empty: /metrics is open. */
  METRICS_KEY: z
    .string()
    .default('')
    .refine((key) => key === '' || key.length >= 16, 'expected 16 characters or more'),
  /** Tenants that have series of their own in metrics; those after them are `other`. */
  METRICS_TENANTS: z.coerce.number().int().min(0).default(DEFAULT_TENANT_SERIES),
  /**
   * `key:tenant` pairs, comma-separated. With none, every caller is the tenant `default`:
   * fit for loopback only.
   */
  API_KEYS: z
    .string()
    .default('')
    .transform((text, context) => {
      const tenants = new Map<string, string>();
      for (const pair of text.split(',').filter((part) => part !== '')) {
        const [key, tenant, ...rest] = pair.split(':');
        if (!key || key.length < 16 || !tenant || rest.length > 0) {
          context.addIssue({
            code: 'custom',
            message:
              'expected KEY:TENANT pairs, comma-separated, each key of 16 characters or more',
          });
          return z.NEVER;
        }
        tenants.set(key, tenant);
      }
      return tenants;
    }),
};

/** Where the model packs lie and which ones are in use. */
export const modelConfigShape = {
  MODELS_DIR: z.string().default('models'),
  /** Embedding pack: the name of a folder in MODELS_DIR. */
  MODEL_PACK: z.string().default('fr-feature'),
  /** Detection pack: likewise. Thresholds hold for the faces that one detector finds. */
  DETECTION_PACK: z.string().default('rfb320-68'),
};

export function port(fallback: number) {
  return z.coerce.number().int().min(0).max(65_535).default(fallback);
}

/** Settings of services with pages for whoever runs the product, all tenants' data among them. */
export const adminConfigShape = {
  /** Key of those pages, 16 characters or more. Without one, or with an empty one, there are none. */
  ADMIN_KEY: z
    .string()
    .min(16, { message: 'expected 16 characters or more' })
    .optional()
    .or(z.literal('').transform(() => undefined)),
};

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

/** Settings of every service that takes jobs. */
export const queueConfigShape = {
  /**
   * How long a job stays with a worker that has gone silent, milliseconds. Locks are renewed at half time;
   * a third of it more and another worker has the job.
   */
  JOB_LOCK_MS: z.coerce.number().int().min(1_000).default(30_000),
  /** A job that takes longer fails with STAGE_TIMEOUT and is tried again, milliseconds. */
  JOB_TIMEOUT_MS: z.coerce.number().int().min(1_000).default(300_000),
};
export type QueueConfig = Readonly<z.output<z.ZodObject<typeof queueConfigShape>>>;

export const redisConfigShape = {
  /** redis:// or rediss:// URL; `sightline up` starts a server of its own and sets it. */
  REDIS_URL: z.url({ protocol: /^rediss?$/, message: 'expected a redis:// or rediss:// URL' }),
};

const MIB = 1024 * 1024;

/** Settings of a service that takes images over HTTP. */
export const uploadConfigShape = {
  /** Largest image that the API takes, bytes. */
  MAX_UPLOAD_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(32 * MIB),
  /** Requests with images that are answered at once, and bytes of theirs in memory; the rest gets 503. */
  UPLOADS_AT_ONCE: z.coerce.number().int().min(1).default(200),
  UPLOAD_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(512 * MIB),
};
