import { z } from 'zod';
import { matchEventSchema } from './match-event.contract.js';
import { type QueueContract } from './queue-contract.js';

const GROUP_PREFIX = 'webhook:';

/** Queue of the deliveries to one webhook. */
export function deliverWebhookQueue(hook: string): string {
  return `deliver-webhook-${hook}`;
}

/** Consumer group of a webhook on the stream of match events. */
export function webhookGroupName(hook: string): string {
  return `${GROUP_PREFIX}${hook}`;
}

/** The webhook of a consumer group; null for any other group. */
export function webhookOfGroup(group: string): string | null {
  return group.startsWith(GROUP_PREFIX) ? group.slice(GROUP_PREFIX.length) : null;
}

const deliverWebhookPayloadSchema = z.strictObject({
  v: z.literal(1),
  hook: z.string().min(1).max(32),
  event: matchEventSchema,
});
/** How long deliveries are remembered: within this time, an event that is added again is not sent again. */
export const DELIVERED_KEPT_MS = 3_600_000;

export type DeliverWebhookPayload = z.infer<typeof deliverWebhookPayloadSchema>;

/** One queue per endpoint, so that a slow or failing endpoint does not delay the others. */
export function deliverWebhookContract(
  hook: string,
  retries: { readonly attempts: number; readonly backoffMs: number },
): QueueContract<DeliverWebhookPayload, null> {
  return {
    queue: deliverWebhookQueue(hook),
    version: 1,
    payload: deliverWebhookPayloadSchema,
    older: {},
    result: z.null(),
    jobId: (payload) => `${payload.hook}-${payload.event.id}`,
    priority: () => 0,
    ids: ({ event }) => ({
      tenant: event.data.tenant,
      imageId: event.data.imageId,
      eventId: event.id,
    }),
    ...retries,
    keepCompleted: () => ({ age: DELIVERED_KEPT_MS / 1_000, count: 10_000 }),
    keepFailed: () => true,
  };
}
