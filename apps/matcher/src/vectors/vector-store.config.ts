import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';

export const VECTORS_CACHE_BYTES = 64 * 1024 * 1024;

/** Where gallery and sightings are kept. */
export const vectorStoreConfigShape = {
  /** Qdrant server, http:// or https://, port 6333 unless given. When not set, vectors are kept in VECTORS_DIR. */
  QDRANT_URL: z
    .url({ protocol: /^https?$/, message: 'expected an http:// or https:// URL' })
    .optional(),
  QDRANT_API_KEY: z.string().optional(),
  /** How long one Qdrant request may take, milliseconds. */
  QDRANT_TIMEOUT_MS: z.coerce.number().int().min(1_000).default(30_000),
  /** Shards of a collection that is created; Qdrant's own default when not set. */
  QDRANT_SHARDS: z.coerce.number().int().positive().optional(),
  /** Copies of each shard of a collection that is created; Qdrant's own default when not set. */
  QDRANT_REPLICAS: z.coerce.number().int().positive().optional(),
  /** Folder of the embedded store; one process at a time. */
  VECTORS_DIR: z.string().default('data/vectors'),
  /** How much of the embedded store's file is held in memory, bytes; it fills as faces come. */
  VECTORS_CACHE_BYTES: z.coerce
    .number()
    .int()
    .min(1024 * 1024)
    .default(VECTORS_CACHE_BYTES),
};

export type VectorStoreSettings = Readonly<z.output<z.ZodObject<typeof vectorStoreConfigShape>>>;

/**
 * A model space as part of a folder's or collection's name: readable, and unlike any other space's
 * (`a.b@1+c` and `a-b@1+c` read the same, their digests do not).
 */
export function spaceSlug(space: string): string {
  const readable = space.replaceAll(/[^a-z0-9]+/g, '-');
  const digest = createHash('sha256').update(space).digest('hex').slice(0, 8);
  return `${readable}-${digest}`;
}

/** What the names of a space's Qdrant collections begin with. */
export function collectionPrefix(space: string): string {
  return `sightline_${spaceSlug(space)}_`;
}

/** Folder of a model space's embedded store. */
export function embeddedFolder(
  { VECTORS_DIR }: Pick<VectorStoreSettings, 'VECTORS_DIR'>,
  space: string,
): string {
  return path.resolve(VECTORS_DIR, spaceSlug(space));
}

/** Where gallery and sightings of a model space lie, for a person who wants to drop them. */
export function describePlace(settings: VectorStoreSettings, space: string): string {
  return settings.QDRANT_URL === undefined
    ? `folder ${embeddedFolder(settings, space)}`
    : `Qdrant collections ${collectionPrefix(space)}…`;
}
