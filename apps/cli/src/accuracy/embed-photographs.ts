import { readFile } from 'node:fs/promises';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type FacePipeline } from '#vision/face-pipeline.js';
import { mapConcurrently } from '../output/map-concurrently.js';
import { ProgressBar } from '../output/progress-bar.js';
import { type LabelledPhotograph } from './labelled-photographs.js';
import { mainFace } from './main-face.js';

export interface EmbeddedPhotograph extends LabelledPhotograph {
  /** Of the main face, unit norm; null when none was found. */
  readonly embedding: Float32Array | null;
  /** Code of the error when the file could not be looked at. */
  readonly refused: string | null;
}

/** Enough for the batches of every thread to fill. */
const CONCURRENCY = 32;

/**
 * Looks at every photograph as the embedder does, and shows how far it is on stderr.
 * @throws PipelineError INFERENCE_* ; a file that cannot be decoded is no error but `refused`
 */
export async function embedPhotographs(
  pipeline: FacePipeline,
  photographs: readonly LabelledPhotograph[],
): Promise<EmbeddedPhotograph[]> {
  const bar = new ProgressBar();
  const start = performance.now();
  const count = { done: 0, faces: 0 };
  try {
    return await mapConcurrently(photographs, CONCURRENCY, async (photograph) => {
      const embedded = { ...photograph, ...(await embedMainFace(pipeline, photograph.file)) };
      count.done++;
      if (embedded.embedding) count.faces++;
      const seconds = (performance.now() - start) / 1000;
      bar.update({
        done: count.done,
        total: photographs.length,
        imagesPerSecond: count.done / seconds,
        facesPerSecond: count.faces / seconds,
        secondsLeft: (seconds / count.done) * (photographs.length - count.done),
      });
      return embedded;
    });
  } finally {
    bar.stop();
  }
}

async function embedMainFace(
  pipeline: FacePipeline,
  file: string,
): Promise<Pick<EmbeddedPhotograph, 'embedding' | 'refused'>> {
  try {
    const found = await pipeline.process(await readFile(file));
    return { embedding: mainFace(found.faces, found)?.embedding ?? null, refused: null };
  } catch (error) {
    if (!(error instanceof PipelineError) || error.class !== 'quarantine') throw error;
    return { embedding: null, refused: error.code };
  }
}
