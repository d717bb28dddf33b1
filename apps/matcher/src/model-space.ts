import { type EmbeddingManifest } from '#models/packs/manifest.js';

/** The embeddings this matcher works with, and what is known of their scores. */
export type ModelSpace = EmbeddingManifest;

export const MODEL_SPACE = Symbol('model space');
