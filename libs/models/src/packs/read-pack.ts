/** Reads and verifies installed model packs: manifest, artifacts, cohort. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import {
  type EmbeddingManifest,
  manifestSchema,
  type DetectionManifest,
  type Manifest,
} from './manifest.js';

export const MANIFEST_FILE = 'manifest.json';

/** An installed pack whose files are complete and verified. */
export interface ModelPack<M extends Manifest = Manifest> {
  readonly folder: string;
  readonly manifest: M;
}

/**
 * Reads a pack and verifies all its files, including the cohort.
 * @throws PipelineError MODEL_PACK_MISSING or MODEL_PACK_DAMAGED
 */
export async function readPack(modelsDir: string, name: string): Promise<ModelPack> {
  const pack = await readNetworks(modelsDir, name);
  if (pack.manifest.task === 'embedding') await readCohort(pack.folder, pack.manifest);
  return pack;
}

/** @throws PipelineError MODEL_PACK_MISSING, MODEL_PACK_DAMAGED or MODEL_PACK_WRONG_TASK */
export async function readEmbeddingPack(
  modelsDir: string,
  name: string,
): Promise<ModelPack<EmbeddingManifest>> {
  const { folder, manifest } = await readNetworks(modelsDir, name);
  if (manifest.task !== 'embedding') throw wrongTask(name, 'embedding');
  return { folder, manifest };
}

/** @throws PipelineError MODEL_PACK_MISSING, MODEL_PACK_DAMAGED or MODEL_PACK_WRONG_TASK */
export async function readDetectionPack(
  modelsDir: string,
  name: string,
): Promise<ModelPack<DetectionManifest>> {
  const { folder, manifest } = await readNetworks(modelsDir, name);
  if (manifest.task !== 'detection') throw wrongTask(name, 'detection');
  return { folder, manifest };
}

/**
 * Reads only the manifest of an embedding pack, for services that need its model space but no network.
 * @throws PipelineError MODEL_PACK_MISSING, MODEL_PACK_DAMAGED or MODEL_PACK_WRONG_TASK
 */
export async function readEmbeddingManifest(
  modelsDir: string,
  name: string,
): Promise<EmbeddingManifest> {
  const manifest = await readManifest(modelsDir, name);
  if (manifest.task !== 'embedding') throw wrongTask(name, 'embedding');
  return manifest;
}

/** @throws PipelineError MODEL_PACK_MISSING or MODEL_PACK_DAMAGED */
export async function readManifest(modelsDir: string, name: string): Promise<Manifest> {
  const file = path.join(path.resolve(modelsDir, name), MANIFEST_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new PipelineError(
      'MODEL_PACK_MISSING',
      `there is no model pack ${name} in ${path.resolve(modelsDir)}; install it with: npm run sightline -- models pull ${name}`,
      { stage: 'models', class: 'quarantine', cause: error, details: { name } },
    );
  }
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (error) {
    throw damagedPack(name, `${MANIFEST_FILE} is not a valid manifest`, error);
  }
}

/**
 * Reads the embeddings of the cohort. Empty for a pack whose scores are not normalised.
 * @param folder folder of the pack
 * @throws PipelineError MODEL_PACK_DAMAGED when the file is not the one that the manifest describes
 */
export async function readCohort(
  folder: string,
  { name, dimension, normalisation }: EmbeddingManifest,
): Promise<readonly Float32Array[]> {
  if (!normalisation) return [];
  const { file, sha256, size } = normalisation.cohort;
  const bytes = await readFile(path.join(folder, file)).catch((error: unknown) => {
    throw damagedCohort(name, `${file} cannot be read`, error);
  });
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw damagedCohort(name, `${file} has another sha256 than the manifest states`);
  }
  const bytesEach = dimension * Float32Array.BYTES_PER_ELEMENT;
  if (bytes.byteLength !== size * bytesEach) {
    throw damagedCohort(
      name,
      `${file} has ${bytes.byteLength} bytes, expected ${size * bytesEach}`,
    );
  }
  return Array.from({ length: size }, (_, place) => {
    const vector = new Float32Array(dimension);
    for (let i = 0; i < dimension; i++) vector[i] = bytes.readFloatLE(place * bytesEach + i * 4);
    return vector;
  });
}

/** Parses the manifest of a pack and verifies the sha256 of every artifact, but not the cohort. */
async function readNetworks(modelsDir: string, name: string): Promise<ModelPack> {
  const folder = path.resolve(modelsDir, name);
  const manifest = await readManifest(modelsDir, name);
  for (const artifact of manifest.artifacts) {
    const found = await sha256OfFile(path.join(folder, artifact.file)).catch((error: unknown) => {
      throw damagedPack(name, `${artifact.file} cannot be read`, error);
    });
    if (found !== artifact.sha256)
      throw damagedPack(name, `${artifact.file} has another sha256 than the manifest states`);
  }
  return { folder, manifest };
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function damagedPack(name: string, problem: string, cause?: unknown): PipelineError {
  return new PipelineError(
    'MODEL_PACK_DAMAGED',
    `model pack ${name} is damaged: ${problem}; install it again with: npm run sightline -- models pull ${name} --force`,
    { stage: 'models', class: 'quarantine', cause, details: { name } },
  );
}

function damagedCohort(name: string, problem: string, cause?: unknown): PipelineError {
  return new PipelineError(
    'MODEL_PACK_DAMAGED',
    `model pack ${name} is damaged: ${problem}; calibrate it again with: npm run sightline -- models calibrate ${name} --images DIR`,
    { stage: 'models', class: 'quarantine', cause, details: { name } },
  );
}

function wrongTask(name: string, task: string): PipelineError {
  return new PipelineError('MODEL_PACK_WRONG_TASK', `model pack ${name} is not for ${task}`, {
    stage: 'models',
    class: 'quarantine',
    details: { name },
  });
}
