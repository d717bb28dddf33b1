import { z } from 'zod';
import { type QueueContract } from '../contracts/queue-contract.js';

type ReadPayload<Payload> =
  | { readonly kind: 'payload'; readonly payload: Payload }
  /** Written by a newer producer: for a newer worker. */
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'invalid'; readonly problems: string };

const versionSchema = z.object({ v: z.int().positive() });

/** What a worker can make of a job's data: an older payload is upgraded, a newer one is left alone. */
export function readPayload<Payload>(
  contract: Pick<QueueContract<Payload, unknown>, 'version' | 'payload' | 'older'>,
  data: unknown,
): ReadPayload<Payload> {
  const version = versionSchema.safeParse(data).data?.v ?? contract.version;
  if (version > contract.version) return { kind: 'newer', version };
  const parsed = (contract.older[version] ?? contract.payload).safeParse(data);
  if (parsed.success) return { kind: 'payload', payload: parsed.data };
  const problems = parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
  return { kind: 'invalid', problems: problems.join('; ') };
}
