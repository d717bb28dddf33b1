import { type EmbeddingManifest } from '#shared/models/manifest.js';

/** The embeddings this matcher works with. */
export type ModelSpace = Pick<EmbeddingManifest, 'space' | 'dimension' | 'thresholds'>;

export const MODEL_SPACE = Symbol('model space');
