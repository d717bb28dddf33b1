import { type EmbeddingManifest } from '#models/packs/manifest.js';

/** The vector store of this matcher's model space. */
export const VECTOR_STORE = Symbol('vector store');

/** The model space of this matcher, with the calibration of its scores. */
export type ModelSpace = EmbeddingManifest;

export const MODEL_SPACE = Symbol('model space');
