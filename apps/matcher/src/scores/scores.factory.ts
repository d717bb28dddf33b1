import path from 'node:path';
import { Logger } from '@nestjs/common';
import { readCohort } from '#shared/models/read-cohort.js';
import { type MatcherConfig } from '../matcher.config.js';
import { type ModelSpace } from '../model-space.js';
import { type VectorStore } from '../vectors/vector-store.port.js';
import { CohortSearch } from './cohort-search.js';
import { Scores } from './scores.js';
import { TemplateStatisticsKeeper } from './template-statistics.js';

/**
 * Puts the pack's cohort into the store, and takes away that of an earlier calibration.
 * @throws PipelineError MODEL_PACK_DAMAGED
 */
export async function openScores(
  config: MatcherConfig,
  model: ModelSpace,
  store: VectorStore,
): Promise<Scores> {
  const { normalisation } = model;
  if (!normalisation) {
    await store.putCohort(null);
    return new Scores(null);
  }
  const vectors = await readCohort(path.resolve(config.MODELS_DIR, config.MODEL_PACK), model);
  const { sha256 } = normalisation.cohort;
  await store.putCohort({ sha256, vectors });
  new Logger('scores').log(
    `normalised by a cohort of ${vectors.length} strangers (${sha256.slice(0, 8)}), ` +
      `the best ${normalisation.top}`,
  );
  const cohort = new CohortSearch(store, { sha256, vectors }, normalisation);
  return new Scores({ cohort, templates: new TemplateStatisticsKeeper(store, cohort) });
}
