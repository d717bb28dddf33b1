import { type QdrantClient, type Schemas } from '@qdrant/js-client-rest';
import { z } from 'zod';
import { spaceMismatch } from '../vector-store.port.js';
import { answeredStatus } from './qdrant-client.js';

/** A collection of a model space and its layout. */
export interface CollectionLayout {
  /** Alias that all requests use: to replace the collection, an operator moves the alias. */
  readonly name: string;
  readonly dimension: number;
  readonly indexes: Readonly<Record<string, Schemas['PayloadSchemaParams']>>;
  /** Keep the vectors on disk and only small (int8) copies in memory, for a first selection. */
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
 * Creates a collection, its alias and its indexes if they are missing. Safe to run in several processes
 * at the same time.
 * @throws PipelineError SPACE_MISMATCH when the collection has vectors of another size or metric
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
      `Qdrant collection ${name} has vectors of ${size} numbers with ${distance}, this model space has ${dimension} with Cosine`,
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
    // Another process has created it.
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
