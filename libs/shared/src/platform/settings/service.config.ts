import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';
import { z } from 'zod';
import { tenantSchema } from '../../contracts/image-ref.js';
import { STANDALONE } from '../../contracts/launcher-message.js';
import { ADDRESSES_EXPECTED, AddressList } from '../net/address-list.js';
import { AddressPolicy } from '../net/address-policy.js';
import { DEFAULT_TENANT_SERIES } from '../observability/metrics.js';

// Descriptions and examples are Markdown: `npm run generate:settings` makes docs/settings.md of them.

/** Entries of a comma-separated list, without blanks around them. */
function entriesOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** Settings that every service has. */
export const serviceConfigShape = {
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe(
      "Address that the HTTP server listens on. The default accepts connections from this machine only, because the API gives access to people's names. Set `0.0.0.0` in a container, and set `API_KEYS` too.",
    ),
  INSTANCE_ID: z
    .string()
    .default(STANDALONE)
    .describe(
      'Id of the installation that the service belongs to. `up` and `demo` set a new one at each start. A request with another id in the header `X-Sightline-Instance` gets 421 `WRONG_INSTANCE`, so that no command reaches the services of another installation.',
    ),
  LOG_LEVEL: z
    .enum(['error', 'warn', 'log', 'debug', 'verbose'])
    .default('log')
    .describe(
      'Lowest level that is logged. `log` is what other programs call `info`; `verbose` logs the most.',
    ),
  LOG_FORMAT: z
    .enum(['json', 'pretty'])
    .default('json')
    .describe('`json` writes one JSON object per line; `pretty` writes text for people.'),
  SHUTDOWN_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .positive()
    .default(30_000)
    .describe(
      'Milliseconds that a shutdown (SIGTERM or SIGINT) waits for jobs and requests in progress. After that, unfinished jobs go back to the queue without using up an attempt, and the process exits. Give the process one second more before SIGKILL.',
    ),
  METRICS_KEY: z
    .string()
    .default('')
    .refine((key) => key === '' || key.length >= 16, 'expected at least 16 characters')
    .describe(
      'Key that Prometheus and KEDA must send as `Authorization: Bearer KEY` to read `/metrics` and `/metrics/scaling`; at least 16 characters. Without it these paths are open to everybody who reaches the port under a name in `ALLOWED_HOSTS`, and the names of tenants are left out.',
    ),
  METRICS_TENANTS: z.coerce
    .number()
    .int()
    .min(0)
    .default(DEFAULT_TENANT_SERIES)
    .describe(
      'Number of tenants that get their own time series in metrics when `METRICS_KEY` is set. All later tenants share the label `other`, so that the number of series stays bounded. Without `METRICS_KEY` only the tenant `default` has its name.',
    ),
  API_KEYS: z
    .string()
    .default('')
    .transform((text, context) => {
      const keys = new Map<string, string>();
      for (const [i, pair] of entriesOf(text).entries()) {
        const [key = '', tenant = '', ...rest] = pair.split(':').map((part) => part.trim());
        const problem = keys.has(key)
          ? 'has the key of another entry'
          : key.length < 16 || rest.length > 0
            ? 'expected KEY:TENANT; a key has at least 16 characters'
            : tenantSchema.safeParse(tenant).error?.issues[0]?.message;
        // The entry is named by its position: it may be a key.
        if (problem !== undefined) {
          context.addIssue({ code: 'custom', message: `entry ${i + 1}: ${problem}` });
        }
        keys.set(key, tenant);
      }
      return keys;
    })
    .meta({
      description:
        'Keys of the HTTP API and the tenant of each: `KEY:TENANT` pairs, comma-separated; a key has at least 16 characters, a tenant 1 to 63 characters of a-z, 0-9, _ and -. Callers send `Authorization: Bearer KEY` and see only the data of their tenant. Without it no key is needed, every caller is the tenant `default`, and only loopback names and those in `ALLOWED_HOSTS` are answered.',
      examples: ['2f9d41c07be84a51:newsroom,c81e6b30a94f4d27:archive'],
    }),
  ALLOWED_HOSTS: z
    .string()
    .default('')
    .transform((text, context) => {
      try {
        return new AddressList(entriesOf(text));
      } catch {
        context.addIssue({ code: 'custom', message: ADDRESSES_EXPECTED });
        return z.NEVER;
      }
    })
    .meta({
      description:
        'Names and addresses, besides loopback, under which a service is answered without a key: host names, addresses and ranges as in the header `Host`, comma-separated. It keeps a web page out that reaches the service under a name of its own (DNS rebinding). Health probes are always answered, but without details. With `API_KEYS` only metrics without `METRICS_KEY` need it.',
      examples: ['ingest,matcher,10.0.0.0/8'],
    }),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((text, context) => {
      const origins = entriesOf(text);
      if (origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin)) {
        return origins;
      }
      const message = 'expected origins like https://app.example.org, comma-separated';
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .meta({
      description:
        'Origins whose web pages may use the API with a key, comma-separated. Pages of every other origin are refused with 403 `ORIGIN_NOT_ALLOWED`. Without `API_KEYS` it has no effect.',
      examples: ['https://app.example.org'],
    }),
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((text, context) => {
      const proxies = entriesOf(text);
      if (proxies.every((proxy) => isIP(proxy) !== 0 || ipaddr.isValidCIDR(proxy))) return proxies;
      const message = 'expected addresses and ranges like 10.0.0.0/8, comma-separated';
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .meta({
      description:
        'Addresses of reverse proxies, comma-separated: the address of a caller is read from their header `X-Forwarded-For`. Without it all callers behind a proxy share one limit of wrong keys.',
      examples: ['10.0.0.0/8'],
    }),
  WRONG_KEYS_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .default(60)
    .describe(
      'Number of requests with a wrong key that one address may send within a minute. After that it gets 429 `TOO_MANY_WRONG_KEYS` until the minute is over; keys that have worked at this address before still work. All processes count together, in Redis.',
    ),
  QUERIES_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .default(1_200)
    .describe(
      'Number of verify and identify requests that may be sent with one key within a minute; after that 429 `RATE_LIMITED`. All processes count together, in Redis.',
    ),
};

/** The model packs in use. */
export const modelConfigShape = {
  MODELS_DIR: z
    .string()
    .default('models')
    .describe('Folder with the model packs, one sub-folder per pack.'),
  MODEL_PACK: z
    .string()
    .default('fr-feature')
    .describe(
      'Embedding pack: the name of a folder in `MODELS_DIR`. Another pack is another model space, so the gallery must be rebuilt.',
    ),
  DETECTION_PACK: z
    .string()
    .default('rfb320-68')
    .describe(
      'Detection pack: the name of a folder in `MODELS_DIR`. Thresholds are valid only for the detector that they were measured with.',
    ),
};

export function port(fallback: number) {
  return z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(fallback)
    .describe('Port of the HTTP server. `0` lets the operating system choose a free one.');
}

/** Settings of services with pages for operators, which show the data of all tenants. */
export const adminConfigShape = {
  ADMIN_KEY: z
    .string()
    .min(16, { message: 'expected at least 16 characters' })
    .optional()
    .or(z.literal('').transform(() => undefined))
    .describe(
      'Key of the queue board at `/admin/queues`, which shows the jobs of all tenants and can change nothing; at least 16 characters. In a browser the user is `admin` and the key is the password. Without it the page does not exist.',
    ),
};

export const networkConfigShape = {
  ALLOW_INTERNAL_ADDRESSES: z
    .string()
    .default('')
    .transform((text, context) => {
      try {
        return new AddressPolicy(entriesOf(text));
      } catch {
        context.addIssue({ code: 'custom', message: ADDRESSES_EXPECTED });
        return z.NEVER;
      }
    })
    .meta({
      description:
        'Internal addresses that S3 endpoints and webhooks may use: addresses, ranges and host names, comma-separated. Every other internal address (loopback, private, link-local, cloud metadata) is refused. Public addresses need no entry.',
      examples: ['127.0.0.1,10.0.0.0/8,fd00::/8,minio'],
    }),
};

/** Settings of every service that takes jobs. */
export const queueConfigShape = {
  JOB_LOCK_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(30_000)
    .describe(
      "Milliseconds that a worker's lock on a job is valid. The worker renews it after half that time. When a worker dies, another one takes its jobs after at most 4/3 of this time (40 s).",
    ),
  JOB_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(300_000)
    .describe(
      'Maximum time of one attempt at a job, milliseconds. A job that takes longer fails with `STAGE_TIMEOUT` and is retried.',
    ),
};
export type QueueConfig = Readonly<z.output<z.ZodObject<typeof queueConfigShape>>>;

export const redisConfigShape = {
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, message: 'expected a redis:// or rediss:// URL' })
    .meta({
      description:
        'Redis server of queues, ledger and events: one primary with `maxmemory-policy noeviction`, not Redis Cluster. `sightline up` starts one and sets this. Required when a service is started alone.',
      examples: ['rediss://:PASSWORD@redis.example.org:6379'],
    }),
};

const MIB = 1024 * 1024;

/** Settings of a service that takes images over HTTP. */
export const uploadConfigShape = {
  MAX_UPLOAD_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(32 * MIB)
    .describe(
      'Maximum size of an image that is uploaded over HTTP, bytes. A larger one is refused with 413 `IMAGE_TOO_LARGE`.',
    ),
  UPLOADS_AT_ONCE: z.coerce
    .number()
    .int()
    .min(1)
    .default(200)
    .describe(
      'Maximum number of requests with images in progress. Further requests get 503 `BACKPRESSURE` with `Retry-After`. If API_KEYS names several tenants, one tenant alone gets at most half, two at the same time a third each, and so on.',
    ),
  UPLOAD_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(512 * MIB)
    .describe(
      'Maximum memory for the images of requests in progress, bytes, counted as they arrive. Further requests get 503 `BACKPRESSURE` with `Retry-After`; a single request is always admitted. If API_KEYS names several tenants, one tenant alone gets at most half, two at the same time a third each, and so on.',
    ),
};
