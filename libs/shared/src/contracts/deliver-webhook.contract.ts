import { z } from 'zod';
import { matchEventSchema } from './match-event.contract.js';
import { type QueueContract } from './queue-contract.js';

const GROUP_PREFIX = 'webhook:';

/** Queue of the deliveries to one webhook. */
export function deliverWebhookQueue(hook: string): string {
  return `deliver-webhook-${hook}`;
}

/** Consumer group in which a webhook reads the stream of match events. */
export function webhookGroupName(hook: string): string {
  return `${GROUP_PREFIX}${hook}`;
}

/** The webhook of a consumer group, null for a group that is none's. */
export function webhookOfGroup(group: string): string | null {
  return group.startsWith(GROUP_PREFIX) ? group.slice(GROUP_PREFIX.length) : null;
}

const deliverWebhookPayloadSchema = z.strictObject({
  v: z.literal(1),
  hook: z.string().min(1).max(32),
  event: matchEventSchema,
});
/** Deliveries are remembered so long: an event that is put on the queue again is not sent again. */
export const DELIVERED_KEPT_MS = 3_600_000;

export type DeliverWebhookPayload = z.infer<typeof deliverWebhookPayloadSchema>;

/** A queue per endpoint: one that hangs or fails holds up no other. */
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
