import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PipelineError, toPipelineError } from '#shared/contracts/pipeline-error.js';
import { storeUnavailable } from '../vector-store.errors.js';

/** A kept-alive connection that the server has just closed fails the next request on it. Milliseconds. */
const RECONNECT_DELAY_MS = 100;

const answerSchema = z.object({
  status: z.number(),
  statusText: z.string().catch(''),
  data: z
    .object({ status: z.object({ error: z.string() }) })
    .optional()
    .catch(undefined),
});

const failureSchema = z.object({
  name: z.string(),
  message: z.string(),
  cause: z.object({ message: z.string() }).optional().catch(undefined),
});

/** Statuses that say the server is busy or failing, not that the request is wrong. */
const BUSY_STATUSES = [404, 408, 425, 429];

/**
 * Runs a request; its errors leave as PipelineErrors. One that was not answered is sent once more:
 * every request of this store may safely be repeated.
 */
export async function askQdrant<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!isConnectionError(error)) throw toStoreError(error);
  }
  await sleep(RECONNECT_DELAY_MS);
  try {
    return await request();
  } catch (error) {
    throw toStoreError(error);
  }
}

/** HTTP status that Qdrant answered with, undefined when it did not answer. */
export function answeredStatus(error: unknown): number | undefined {
  return answerSchema.safeParse(error).data?.status;
}

function toStoreError(error: unknown): PipelineError {
  if (error instanceof PipelineError) return error;
  const answer = answerSchema.safeParse(error).data;
  if (!answer) return toUnansweredError(error);
  const reason = answer.data?.status.error ?? answer.statusText;
  if (answer.status === 401 || answer.status === 403) {
    return storeUnavailable(`Qdrant refused access (${reason}); set QDRANT_API_KEY`, error);
  }
  if (answer.status >= 500 || BUSY_STATUSES.includes(answer.status)) {
    return storeUnavailable(`Qdrant answered ${answer.status} (${reason})`, error);
  }
  return new PipelineError('INTERNAL', `Qdrant answered ${answer.status} (${reason})`, {
    stage: 'match',
    class: 'retry',
    cause: error,
  });
}

function toUnansweredError(error: unknown): PipelineError {
  if (!isUnanswered(error)) return toPipelineError(error, 'match');
  const { message, cause } = failureSchema.parse(error);
  return storeUnavailable(
    `Qdrant does not answer (${cause?.message ?? message}); see that it runs and QDRANT_URL is right`,
    error,
  );
}

/** What `fetch` throws when there was no answer, or half of one. */
function isConnectionError(error: unknown): boolean {
  const message = failureSchema.safeParse(error).data?.message ?? '';
  return message === 'fetch failed' || message === 'terminated';
}

/** No connection, a timeout, or an answer that the client makes nothing of. */
function isUnanswered(error: unknown): boolean {
  const name = failureSchema.safeParse(error).data?.name ?? '';
  return isConnectionError(error) || name === 'AbortError' || name.startsWith('QdrantClient');
}
