import { readFile } from 'node:fs/promises';
import pMap from 'p-map';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type FacePipeline } from '#vision/face-pipeline.js';
import { type InferenceConfig } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { quantiseError } from './observe-values.js';

/** Fewer tell too little of what the values inside a network can be. */
const LEAST_FACES = 16;
/** More make the result no better, measured in docs/decisions/006-int8.md. */
const MOST_FACES = 128;
const PHOTOGRAPHS_AT_ONCE = 8;

/**
 * The faces of photographs as the embedding network gets them: found and aligned by the pipeline itself.
 * Files that are no readable photograph are passed over; of very many an even selection is taken.
 * @param config names the packs that find faces and that they are aligned for
 * @throws PipelineError QUANTISE_TOO_FEW_FACES, or of opening the pipeline
 */
export async function calibrationFaces(
  photographs: readonly string[],
  config: InferenceConfig,
): Promise<Float32Array[]> {
  const pipeline = await openFacePipeline(config);
  try {
    const found = await pMap(evenly(photographs, MOST_FACES), (file) => facesIn(file, pipeline), {
      concurrency: PHOTOGRAPHS_AT_ONCE,
    });
    const faces = evenly(found.flat(), MOST_FACES);
    if (faces.length >= LEAST_FACES) return faces;
    throw quantiseError(
      'QUANTISE_TOO_FEW_FACES',
      `quantising needs at least ${LEAST_FACES} faces and the ${photographs.length} photographs show ${faces.length}; give a folder that shows more with --images`,
    );
  } finally {
    await pipeline.close();
  }
}

async function facesIn(file: string, pipeline: FacePipeline): Promise<Float32Array[]> {
  try {
    const { faces } = await pipeline.align(await readFile(file));
    return faces.map(({ input }) => input);
  } catch (error) {
    if (error instanceof PipelineError && error.class === 'quarantine') return [];
    throw error;
  }
}

function evenly<Item>(items: readonly Item[], most: number): Item[] {
  const step = Math.max(1, items.length / most);
  return items.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}
