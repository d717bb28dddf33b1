import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError } from '../contracts/pipeline-error.js';
import { type EmbeddingManifest } from './manifest.js';

/**
 * Embeddings of the strangers that a pack's scores are normalised by; none for a pack whose are not.
 * @param folder the pack's
 * @throws PipelineError MODEL_PACK_DAMAGED when the file is not the one that the manifest describes
 */
export async function readCohort(
  folder: string,
  { name, dimension, normalisation }: EmbeddingManifest,
): Promise<readonly Float32Array[]> {
  if (!normalisation) return [];
  const { file, sha256, size } = normalisation.cohort;
  const bytes = await readFile(path.join(folder, file)).catch((error: unknown) => {
    throw damaged(name, `${file} cannot be read`, error);
  });
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw damaged(name, `${file} is not what was measured`);
  }
  const bytesEach = dimension * Float32Array.BYTES_PER_ELEMENT;
  if (bytes.byteLength !== size * bytesEach) {
    throw damaged(name, `${file} has ${bytes.byteLength} bytes, expected ${size * bytesEach}`);
  }
  return Array.from({ length: size }, (_, place) => {
    const vector = new Float32Array(dimension);
    for (let i = 0; i < dimension; i++) vector[i] = bytes.readFloatLE(place * bytesEach + i * 4);
    return vector;
  });
}

function damaged(name: string, problem: string, cause?: unknown): PipelineError {
  return new PipelineError(
    'MODEL_PACK_DAMAGED',
    `model pack ${name} is damaged: ${problem}; calibrate it again with: npm run sightline -- models calibrate ${name} --images DIR`,
    { stage: 'models', class: 'quarantine', cause, details: { name } },
  );
}
