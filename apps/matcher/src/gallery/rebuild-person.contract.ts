import { z } from 'zod';
import { personIdSchema } from '#shared/contracts/http/people.http.js';
import { tenantSchema } from '#shared/contracts/image-ref.js';
import { type QueueContract } from '#shared/contracts/queue-contract.js';
import { spaceSlug } from '../vectors/vector-store.config.js';

const rebuildPersonPayloadSchema = z.strictObject({
  v: z.literal(1),
  tenant: tenantSchema,
  personId: personIdSchema,
});
export type RebuildPersonPayload = z.infer<typeof rebuildPersonPayloadSchema>;

/** There is a queue for each model space, because only a matcher that works in it can process its jobs. */
export function rebuildPersonContract(space: string): QueueContract<RebuildPersonPayload, null> {
  return {
    queue: `rebuild-gallery-${spaceSlug(space)}`,
    version: 1,
    payload: rebuildPersonPayloadSchema,
    older: {},
    result: z.null(),
    jobId: ({ tenant, personId }) => `${tenant}.${personId}`,
    priority: () => 0,
    attempts: 5,
    backoffMs: 1_000,
    keepCompleted: () => true,
    keepFailed: () => true,
  };
}
