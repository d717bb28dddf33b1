import { QdrantClient, type Schemas } from '@qdrant/js-client-rest';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PipelineError, toPipelineError } from '#shared/contracts/pipeline-error.js';
import { storeUnavailable, spaceMismatch } from '../vector-store.port.js';

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
function answeredStatus(error: unknown): number | undefined {
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

/** One of the collections of a model space, and how it is laid out. */
export interface CollectionLayout {
  /** Alias that all requests go by: a rebuilt collection takes over by moving it. */
  readonly name: string;
  readonly dimension: number;
  readonly indexes: Readonly<Record<string, Schemas['PayloadSchemaParams']>>;
  /** Vectors are read from disk, with a small copy of them in memory to preselect by. */
  readonly large: boolean;
  readonly shards: number | undefined;
  readonly replicas: number | undefined;
}

const infoSchema = z.object({
  config: z.object({
    params: z.object({ vectors: z.object({ size: z.number(), distance: z.string() }) }),
  }),
  payload_schema: z.record(z.string(), z.unknown()),
});

/**
 * Creates what is missing of a collection. Several processes may do so at the same time.
 * @throws PipelineError SPACE_MISMATCH when it holds vectors of another size or metric
 */
export async function ensureCollection(
  client: QdrantClient,
  layout: CollectionLayout,
): Promise<void> {
  const { name, dimension } = layout;
  if (!(await exists(client, name))) await create(client, layout);
  const { config, payload_schema } = infoSchema.parse(await client.getCollection(name));
  const { size, distance } = config.params.vectors;
  if (size !== dimension || distance !== 'Cosine') {
    throw spaceMismatch(
      `Qdrant collection ${name} holds ${size} numbers with ${distance}, this model space has ${dimension} with Cosine`,
    );
  }
  const missing = Object.keys(layout.indexes).filter((field) => !(field in payload_schema));
  await createIndexes(client, name, layout, missing);
}

export async function exists(client: QdrantClient, name: string): Promise<boolean> {
  try {
    await client.getCollection(name);
    return true;
  } catch (error) {
    if (answeredStatus(error) === 404) return false;
    throw error;
  }
}

async function create(client: QdrantClient, layout: CollectionLayout): Promise<void> {
  const { name, dimension, large, shards, replicas } = layout;
  const collection = `${name}_1`;
  try {
    await client.createCollection(collection, {
      vectors: { size: dimension, distance: 'Cosine', on_disk: large },
      ...(large && {
        quantization_config: { scalar: { type: 'int8', quantile: 0.99, always_ram: true } },
      }),
      ...(shards !== undefined && { shard_number: shards }),
      ...(replicas !== undefined && { replication_factor: replicas }),
    });
  } catch (error) {
    // Another process was faster.
    if (answeredStatus(error) !== 409) throw error;
  }
  await createIndexes(client, collection, layout, Object.keys(layout.indexes));
  await client.updateCollectionAliases({
    actions: [{ create_alias: { collection_name: collection, alias_name: name } }],
  });
}

async function createIndexes(
  client: QdrantClient,
  collection: string,
  { indexes }: CollectionLayout,
  fields: readonly string[],
): Promise<void> {
  for (const field of fields) {
    await client.createPayloadIndex(collection, {
      field_name: field,
      field_schema: indexes[field]!,
      wait: true,
    });
  }
}

export interface QdrantServer {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
}

const DEFAULT_PORT = 6333;

/** A client of one server. The version check is left out: it would print, and the suite runs on 1.18 and 1.19. */
export function connectQdrant({ url, apiKey, timeoutMs }: QdrantServer): QdrantClient {
  const { origin, pathname } = new URL(url);
  return new QdrantClient({
    url: origin,
    // The client would take an explicit :443 or :80 for no port at all, and use its own default.
    port: Number(/^https?:\/\/[^/?#]*:(\d+)/.exec(url)?.[1] ?? DEFAULT_PORT),
    prefix: pathname.replace(/\/+$/, ''),
    timeout: timeoutMs,
    checkCompatibility: false,
    // As a header of ours: given as `apiKey` the client prints a warning on every http:// URL.
    ...(apiKey !== undefined && { headers: { 'api-key': apiKey } }),
  });
}
