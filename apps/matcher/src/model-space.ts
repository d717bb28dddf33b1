import { type EmbeddingManifest } from '#shared/models/manifest.js';

/** The embeddings this matcher works with. */
export type ModelSpace = Pick<EmbeddingManifest, 'space' | 'dimension' | 'calibrations'>;

export const MODEL_SPACE = Symbol('model space');
