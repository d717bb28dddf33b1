import { z } from 'zod';
import { tenantSchema } from '#shared/contracts/image-ref.js';
import { MATCH_EVENT_TYPES } from '#shared/contracts/match-event.contract.js';

export const webhookSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, {
      message: 'a webhook name has 1 to 32 characters of a-z, 0-9, _ and -',
    })
    .describe(
      'Name of the webhook: 1 to 32 characters of a-z, 0-9, `_` and `-`. Its position in the event stream and its deliveries belong to this name, so keep it when the URL changes.',
    ),
  url: z
    .url({ protocol: /^https?$/, message: 'expected an http:// or https:// URL' })
    .describe(
      'Endpoint, `http://` or `https://`. Internal addresses must be listed in `ALLOW_INTERNAL_ADDRESSES`.',
    ),
  secret: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, {
      message: 'expected whsec_ followed by 24 to 64 bytes in base64',
    })
    .transform((text) => Buffer.from(text.slice('whsec_'.length), 'base64'))
    .describe('Signing secret: `whsec_` followed by 24 to 64 random bytes in base64.'),
  tenant: tenantSchema
    .optional()
    .describe('Sends only the events of this tenant. Without it the events of all tenants.'),
  types: z
    .array(z.enum(MATCH_EVENT_TYPES))
    .min(1)
    .optional()
    .describe('Sends only events of these types. Without it events of all types.'),
});
export type Webhook = z.output<typeof webhookSchema>;

export const webhookConfigShape = {
  WEBHOOKS: z
    .string()
    .default('[]')
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'expected a JSON array of webhooks' });
        return z.NEVER;
      }
    })
    .pipe(z.array(webhookSchema))
    .refine((hooks) => new Set(hooks.map(({ name }) => name)).size === hooks.length, {
      message: 'two webhooks have the same name',
    })
    .meta({
      description:
        'Endpoints that receive match events: a JSON array, described under [Webhooks](#webhooks).',
      examples: [
        '[{"name":"ops","url":"https://ops.example.org/hook","secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","tenant":"newsroom","types":["io.sightline.face.matched.v1"]}]',
      ],
    }),
  WEBHOOK_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .positive()
    .default(10_000)
    .describe(
      'Maximum time of one request to a webhook, from connecting to the status of the answer, milliseconds.',
    ),
  WEBHOOK_ATTEMPTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(30)
    .default(12)
    .describe(
      'Number of attempts per delivery. After the last one the delivery becomes a dead letter.',
    ),
  WEBHOOK_RETRY_MS: z.coerce
    .number()
    .int()
    .min(10)
    .default(5_000)
    .describe(
      'Delay before the second attempt, milliseconds. It doubles after each attempt; each delay is shortened by a random part of up to half.',
    ),
};
