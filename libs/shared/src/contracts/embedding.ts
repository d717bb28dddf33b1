import { z } from 'zod';
import { PipelineError } from './pipeline-error.js';

/**
 * Model space id: model + version + alignment, e.g. `facenet512@1+facenet-160`.
 * Embeddings of two spaces are never comparable, even if they have the same dimension.
 */
export const spaceIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}@[a-z0-9._-]{1,16}\+[a-z0-9._-]{1,32}$/, {
    message: 'a model space id looks like name@version+alignment',
  });

/** `cosine`: cosine similarity, −1 to 1. `as-norm`: standard deviations above the scores of strangers. */
export const metricSchema = z.enum(['cosine', 'as-norm']);
export type Metric = z.infer<typeof metricSchema>;

/** Embedding of one face: float32 vector of unit L2 norm, as little-endian base64. */
export const encodedEmbeddingSchema = z.base64().min(8).max(65_536);

/** Little-endian float32 base64 of `vector`. */
export function encodeEmbedding(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}

/**
 * Decodes and checks an embedding.
 * @param dimension expected length of the vector
 * @throws PipelineError EMBEDDING_INVALID on a wrong length, a non-finite value or a norm far from 1
 */
export function decodeEmbedding(encoded: string, dimension: number): Float32Array {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.byteLength !== dimension * 4) {
    throw invalidEmbedding(`has ${bytes.byteLength} bytes, expected ${dimension * 4}`);
  }
  const vector = new Float32Array(dimension);
  let squares = 0;
  for (let i = 0; i < dimension; i++) {
    const value = bytes.readFloatLE(i * 4);
    vector[i] = value;
    squares += value * value;
  }
  if (!(Math.abs(squares - 1) < 1e-2)) {
    throw invalidEmbedding(`has squared norm ${squares}, expected 1`);
  }
  return vector;
}

/** @throws PipelineError SPACE_MISMATCH when the ids differ, because scores would be meaningless */
export function assertSameSpace(expected: string, actual: string): void {
  if (expected === actual) return;
  throw new PipelineError(
    'SPACE_MISMATCH',
    `embedding is of model space ${actual}, this service works in ${expected}; run all services with the same MODEL_PACK`,
    { stage: 'match', class: 'quarantine', httpStatus: 409, details: { expected, actual } },
  );
}

function invalidEmbedding(problem: string): PipelineError {
  return new PipelineError('EMBEDDING_INVALID', `embedding ${problem}`, {
    stage: 'match',
    class: 'quarantine',
  });
}
