import path from 'node:path';
import { embedPhotographs, type EmbeddedPhotograph } from '#models/accuracy/embed-photographs.js';
import { type LabelledPhotograph } from '#models/accuracy/photographs.js';
import { readCohort } from '#models/packs/read-pack.js';
import { type InferenceConfig } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { type CohortSource } from './normaliser.js';

export interface EmbeddedWithPack {
  readonly photographs: readonly EmbeddedPhotograph[];
  readonly facesPerSecond: number;
  readonly cohort: CohortSource;
}

/**
 * Runs photographs through the pipeline with the config's packs.
 * @param strangers to normalise with, when the pack has none of its own; null for people with one photograph
 */
export async function embedWithPack(
  config: InferenceConfig,
  photographs: readonly LabelledPhotograph[],
  strangers: readonly LabelledPhotograph[] | null,
): Promise<EmbeddedWithPack> {
  const pipeline = await openFacePipeline(config);
  try {
    const start = performance.now();
    const embedded = await embedPhotographs(pipeline, photographs);
    const seconds = (performance.now() - start) / 1000;
    return {
      photographs: embedded,
      facesPerSecond: embedded.filter(({ embedding }) => embedding !== null).length / seconds,
      cohort: await cohortSource(),
    };
  } finally {
    await pipeline.close();
  }

  async function cohortSource(): Promise<CohortSource> {
    const { normalisation } = pipeline.embedding;
    if (normalisation) {
      const folder = path.resolve(config.MODELS_DIR, config.MODEL_PACK);
      const cohort = await readCohort(folder, pipeline.embedding);
      return { kind: 'pack', cohort, settings: normalisation };
    }
    if (!strangers) return { kind: 'sampled' };
    return { kind: 'given', strangers: await embedPhotographs(pipeline, strangers) };
  }
}
