import { type JobsOptions } from 'bullmq';
import { type QueueContract } from '../contracts/queue-contract.js';

/** Name of a contract's jobs: it tells who reads the queue which payload version they carry. */
export function jobName({ queue, version }: { queue: string; version: number }): string {
  return `${queue}.v${version}`;
}

/** How a contract wants a payload's job to be run and kept. */
export function jobOptions<Payload>(
  contract: QueueContract<Payload, unknown>,
  payload: Payload,
): JobsOptions {
  return {
    jobId: contract.jobId(payload),
    priority: contract.priority(payload),
    attempts: contract.attempts,
    backoff: { type: 'exponential', delay: contract.backoffMs, jitter: 0.5 },
    removeOnComplete: contract.keepCompleted(payload),
    removeOnFail: contract.keepFailed(payload),
  };
}
