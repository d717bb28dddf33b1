import { Logger } from '@nestjs/common';
import path from 'node:path';
import { readCohort } from '#models/packs/read-pack.js';
import { normalisedScore, type CohortStatistics } from '#models/scoring/as-norm.js';
import { type MatcherConfig } from '../matcher.config.js';
import { type ModelSpace } from '../tokens.js';
import {
  type Scored,
  type Template,
  type TemplateStatistics,
  type VectorStore,
} from '../vectors/vector-store.port.js';
import { CohortSearch, TemplateStatisticsKeeper } from './cohort-statistics.js';

/** What a face is scored by; null where scores are cosine similarities as they are. */
export type Statistics = CohortStatistics | null;

interface Normalisation {
  readonly cohort: CohortSearch;
  readonly templates: TemplateStatisticsKeeper;
}

/** Turns cosine similarities into the scores that the pack's thresholds are in. */
export class Scores {
  /** @param normalisation null when the pack's scores are not normalised */
  constructor(private readonly normalisation: Normalisation | null) {}

  get normalised(): boolean {
    return this.normalisation !== null;
  }

  /** Of a face that is asked about. */
  async probe(vector: Float32Array): Promise<Statistics> {
    return (await this.normalisation?.cohort.statistics(vector)) ?? null;
  }

  /** Of a face that is being enrolled, to be stored with it. */
  async enrolled(vector: Float32Array): Promise<TemplateStatistics | null> {
    return (await this.normalisation?.templates.take(vector)) ?? null;
  }

  /** By template id; a template that is gone by now may be left out. */
  async ofTemplates(templates: readonly Template[]): Promise<ReadonlyMap<string, Statistics>> {
    if (!this.normalisation) return new Map(templates.map(({ id }) => [id, null]));
    return this.normalisation.templates.of(templates);
  }

  /** What a search of the gallery for `probe` found, by score instead of similarity. */
  async ofHits(
    probe: Statistics,
    hits: readonly Scored<Template>[],
  ): Promise<readonly Scored<Template>[]> {
    const statistics = await this.ofTemplates(hits.map(({ item }) => item));
    return hits.flatMap(({ item, score }) => {
      const template = statistics.get(item.id);
      return template === undefined ? [] : [{ item, score: scoreOf(score, probe, template) }];
    });
  }
}

/** The score of two faces of this cosine similarity. */
export function scoreOf(similarity: number, one: Statistics, other: Statistics): number {
  return one && other ? normalisedScore(similarity, one, other) : similarity;
}

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
