import { z } from 'zod';
import { DEFAULT_TENANT_SERIES } from '../metrics/tenant-label.js';

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
