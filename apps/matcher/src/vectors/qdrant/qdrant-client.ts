import { QdrantClient } from '@qdrant/js-client-rest';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PipelineError, toPipelineError } from '#shared/contracts/pipeline-error.js';
import { storeUnavailable } from '../vector-store.port.js';

export interface QdrantServer {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
}

const DEFAULT_PORT = 6333;

/** A client of one server, without the check of the server's version, which prints to the console. */
export function connectQdrant({ url, apiKey, timeoutMs }: QdrantServer): QdrantClient {
  const { origin, pathname } = new URL(url);
  return new QdrantClient({
    url: origin,
    // The client ignores an explicit :443 or :80, and uses its own default port instead.
    port: Number(/^https?:\/\/[^/?#]*:(\d+)/.exec(url)?.[1] ?? DEFAULT_PORT),
    prefix: pathname.replace(/\/+$/, ''),
    timeout: timeoutMs,
    checkCompatibility: false,
    // Sent as a header: with `apiKey`, the client prints a warning for every http:// URL.
    ...(apiKey !== undefined && { headers: { 'api-key': apiKey } }),
  });
}

/** Pause before the second attempt, milliseconds. */
const RECONNECT_DELAY_MS = 100;

/**
 * Runs a request and turns its errors into PipelineErrors. Retries once when there was no answer: when
 * the server closes a kept-alive connection, the next request on it fails. Every request of this store
 * is safe to repeat.
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

/** An error of the client that has an HTTP answer. */
const answerSchema = z.object({
  status: z.number(),
  statusText: z.string().catch(''),
  data: z
    .object({ status: z.object({ error: z.string() }) })
    .optional()
    .catch(undefined),
});

/** Any other error of the client. */
const failureSchema = z.object({
  name: z.string(),
  message: z.string(),
  cause: z.object({ message: z.string() }).optional().catch(undefined),
});

/** Statuses below 500 that mean: the server is busy or not ready, the request is valid. */
const BUSY_STATUSES = [404, 408, 425, 429];

/** HTTP status of Qdrant's answer; undefined when there was no answer. */
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
    `Qdrant does not answer (${cause?.message ?? message}); check that it runs and that QDRANT_URL is correct`,
    error,
  );
}

/** Whether `fetch` failed because there was no answer or only a part of it. */
function isConnectionError(error: unknown): boolean {
  const message = failureSchema.safeParse(error).data?.message ?? '';
  return message === 'fetch failed' || message === 'terminated';
}

/** No connection, a timeout, or an answer that the client cannot read. */
function isUnanswered(error: unknown): boolean {
  const name = failureSchema.safeParse(error).data?.name ?? '';
  return isConnectionError(error) || name === 'AbortError' || name.startsWith('QdrantClient');
}
