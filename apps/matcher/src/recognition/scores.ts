import { Logger } from '@nestjs/common';
import path from 'node:path';
import { readCohort } from '#models/packs/read-pack.js';
import { dotProduct, normalisedScore, type CohortStatistics } from '#models/scoring/as-norm.js';
import { type MatcherConfig } from '../matcher.config.js';
import { type ModelSpace } from '../tokens.js';
import {
  type Scored,
  type Template,
  type TemplateStatistics,
  type VectorStore,
} from '../vectors/vector-store.port.js';
import { CohortSearch, TemplateStatisticsKeeper } from './cohort-statistics.js';

/** What a face's scores are normalised by; null in a pack whose scores are plain cosine similarities. */
export type Statistics = CohortStatistics | null;

/**
 * Creates the scores of a model pack: stores the pack's cohort and deletes the cohort of an earlier
 * calibration.
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
    `scores are normalised by a cohort of ${vectors.length} strangers ` +
      `(${sha256.slice(0, 8)}), top ${normalisation.top}`,
  );
  const cohort = new CohortSearch(store, { sha256, vectors }, normalisation);
  return new Scores({ cohort, templates: new TemplateStatisticsKeeper(store, cohort) });
}

interface Normalisation {
  readonly cohort: CohortSearch;
  readonly templates: TemplateStatisticsKeeper;
}

/** Turns cosine similarities into scores in the metric of the pack's thresholds. */
export class Scores {
  /** @param normalisation null when the pack's scores are not normalised */
  constructor(private readonly normalisation: Normalisation | null) {}

  get normalised(): boolean {
    return this.normalisation !== null;
  }

  /** Statistics of a face that is compared with the gallery. */
  async probeStatistics(vector: Float32Array): Promise<Statistics> {
    return (await this.normalisation?.cohort.statistics(vector)) ?? null;
  }

  /** Statistics of a face that is being enrolled, to be stored with its template. */
  async enrolmentStatistics(vector: Float32Array): Promise<TemplateStatistics | null> {
    return (await this.normalisation?.templates.compute(vector)) ?? null;
  }

  /** Statistics by template id. A template that was deleted meanwhile may be missing. */
  async templateStatistics(
    templates: readonly Template[],
  ): Promise<ReadonlyMap<string, Statistics>> {
    if (!this.normalisation) return new Map(templates.map(({ id }) => [id, null]));
    return this.normalisation.templates.of(templates);
  }

  /** Replaces the cosine similarities of search hits with scores. */
  async scoreHits(
    probe: Statistics,
    hits: readonly Scored<Template>[],
  ): Promise<readonly Scored<Template>[]> {
    const statistics = await this.templateStatistics(hits.map(({ item }) => item));
    return hits.flatMap(({ item, score }) => {
      const template = statistics.get(item.id);
      return template === undefined ? [] : [{ item, score: scoreOf(score, probe, template) }];
    });
  }
}

/** The score of two faces with this cosine similarity. */
export function scoreOf(similarity: number, one: Statistics, other: Statistics): number {
  return one && other ? normalisedScore(similarity, one, other) : similarity;
}

/** Cosine similarity of two unit vectors. Rounding may exceed the range, so it is clamped to −1 … 1. */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number {
  return Math.max(-1, Math.min(1, dotProduct(a, b)));
}
