import { z } from 'zod';
import { tenantSchema } from '#shared/contracts/image-ref.js';
import { MATCH_EVENT_TYPES } from './event-log.js';

const webhookSchema = z.strictObject({
  /** Part of the delivery's job id: keep it when the URL changes. */
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, {
    message: 'a webhook name is 1 to 32 characters of a-z, 0-9, _ and -',
  }),
  url: z.url({ protocol: /^https?$/, message: 'expected an http:// or https:// URL' }),
  /** `whsec_` and 24 to 64 random bytes as base64: https://www.standardwebhooks.com */
  secret: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, {
      message: 'expected whsec_ and 24 to 64 bytes as base64',
    })
    .transform((text) => Buffer.from(text.slice('whsec_'.length), 'base64')),
  /** Only this tenant's events. All tenants' when left out. */
  tenant: tenantSchema.optional(),
  /** Only events of these types. All when left out. */
  types: z.array(z.enum(MATCH_EVENT_TYPES)).min(1).optional(),
});
export type Webhook = z.output<typeof webhookSchema>;

export const webhookConfigShape = {
  /**
   * JSON list of endpoints that match events are posted to, e.g.
   * `[{"name":"ops","url":"https://ops.example/hook","secret":"whsec_…","tenant":"default","types":["io.sightline.face.matched.v1"]}]`.
   */
  WEBHOOKS: z
    .string()
    .default('[]')
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'expected a JSON list' });
        return z.NEVER;
      }
    })
    .pipe(z.array(webhookSchema))
    .refine((hooks) => new Set(hooks.map(({ name }) => name)).size === hooks.length, {
      message: 'every webhook needs a name of its own',
    }),
  /** How long an endpoint may take to answer, milliseconds. */
  WEBHOOK_TIMEOUT_MS: z.coerce.number().int().positive().default(10_000),
  /** How often a delivery is tried before it is given up, and the first wait, which doubles: 12 times from 5 s take some 6 hours. */
  WEBHOOK_ATTEMPTS: z.coerce.number().int().min(1).max(30).default(12),
  WEBHOOK_RETRY_MS: z.coerce.number().int().min(10).default(5_000),
};
