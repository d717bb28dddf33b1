import { dotProduct } from '#shared/scoring/dot-product.js';

/** Cosine similarity of two unit vectors, held to −1 … 1 against rounding. */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number {
  return Math.max(-1, Math.min(1, dotProduct(a, b)));
}
