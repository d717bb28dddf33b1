import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';

export const VECTORS_CACHE_BYTES = 64 * 1024 * 1024;

/** Where the gallery and the sightings are stored. */
export const vectorStoreConfigShape = {
  QDRANT_URL: z
    .url({ protocol: /^https?$/, message: 'expected an http:// or https:// URL' })
    .optional()
    .describe(
      'Qdrant server, `http://` or `https://`; port 6333 if the URL has none. Without it the vectors are in the embedded store in `VECTORS_DIR`.',
    ),
  QDRANT_API_KEY: z.string().optional().describe('API key of the Qdrant server.'),
  QDRANT_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(30_000)
    .describe('Maximum time of one request to Qdrant, milliseconds.'),
  QDRANT_SHARDS: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe("Number of shards of a new collection. Without it Qdrant's own default."),
  QDRANT_REPLICAS: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      "Number of copies of each shard of a new collection. Without it Qdrant's own default.",
    ),
  VECTORS_DIR: z
    .string()
    .default('data/vectors')
    .describe('Folder of the embedded store. Only one process can use it at a time.'),
  VECTORS_CACHE_BYTES: z.coerce
    .number()
    .int()
    .min(1024 * 1024)
    .default(VECTORS_CACHE_BYTES)
    .describe(
      "Maximum memory for pages of the embedded store's file, bytes. It fills while faces are added.",
    ),
};

export type VectorStoreSettings = Readonly<z.output<z.ZodObject<typeof vectorStoreConfigShape>>>;

/**
 * A model space as part of the name of a folder or a collection. The digest makes it unique: `a.b@1+c` and
 * `a-b@1+c` have the same readable part.
 */
export function spaceSlug(space: string): string {
  const readable = space.replaceAll(/[^a-z0-9]+/g, '-');
  const digest = createHash('sha256').update(space).digest('hex').slice(0, 8);
  return `${readable}-${digest}`;
}

/** First part of the names of a space's Qdrant collections. */
export function collectionPrefix(space: string): string {
  return `sightline_${spaceSlug(space)}_`;
}

/** Folder of the embedded store of a model space. */
export function embeddedFolder(
  { VECTORS_DIR }: Pick<VectorStoreSettings, 'VECTORS_DIR'>,
  space: string,
): string {
  return path.resolve(VECTORS_DIR, spaceSlug(space));
}

/** Where the gallery and the sightings of a model space are stored, for an operator who wants to delete them. */
export function describePlace(settings: VectorStoreSettings, space: string): string {
  return settings.QDRANT_URL === undefined
    ? `folder ${embeddedFolder(settings, space)}`
    : `Qdrant collections ${collectionPrefix(space)}…`;
}
