import { type EmbeddingManifest } from '#models/packs/manifest.js';

export const MATCHER_CONFIG = Symbol('matcher config');
export const REDIS = Symbol('redis');
export const VECTOR_STORE = Symbol('vector store');
export const UPLOADS = Symbol('uploads store');
/** ContractProducer of the embed-image queue. */
export const EMBED_IMAGES = Symbol('embed images');

/** The embeddings this matcher works with, and what is known of their scores. */
export type ModelSpace = EmbeddingManifest;

export const MODEL_SPACE = Symbol('model space');
