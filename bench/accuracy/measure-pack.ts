import path from 'node:path';
import {
  type EmbeddedPhotograph,
  embedPhotographs,
  labelFaces,
} from '#models/accuracy/embed-photographs.js';
import { type LabelledPhotograph } from '#models/accuracy/photographs.js';
import { cosineScorer, normalisedScorer } from '#models/accuracy/scored-pairs.js';
import { readCohort } from '#models/packs/read-pack.js';
import { type InferenceConfig } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { type PackAccuracy } from './accuracy-report.js';
import { identify } from './identification.js';
import { measureAccuracy } from './measure-accuracy.js';
import { type CohortSource, type Normaliser, normaliserFor } from './normaliser.js';
import { type LabelledPair } from './pairs-file.js';

interface MeasureRequest {
  readonly photographs: readonly LabelledPhotograph[];
  readonly pairs: readonly LabelledPair[] | null;
  /** Strangers for packs without a cohort; null to use the people with one photograph. */
  readonly strangers: readonly LabelledPhotograph[] | null;
  readonly normalise: boolean;
  /** Number of templates per enrolled person; null to skip identification. */
  readonly templates: number | null;
}

/** Embeds the photographs with the configured packs and measures the accuracy. */
export async function measurePack(
  config: InferenceConfig,
  { pairs, normalise, templates, ...request }: MeasureRequest,
): Promise<PackAccuracy> {
  const { photographs, facesPerSecond, cohort } = await embedWithPack(
    config,
    request.photographs,
    request.strangers,
  );
  const normaliser = normalise ? normaliserFor(photographs, cohort) : null;
  // Half of the people with one photograph are unknown probes.
  const halved = normalise ? normaliserFor(photographs, cohort, 0.5) : null;
  return {
    pack: config.MODEL_PACK,
    faceless: photographs
      .filter(({ embedding }) => embedding === null)
      .map(({ file, refused }) => (refused === null ? file : `${file} (${refused})`)),
    facesPerSecond,
    rows: measureAccuracy(photographs, pairs, normaliser),
    identifications:
      templates === null ? [] : measureIdentification(photographs, halved, templates),
    notes: normalise ? [describeNormaliser(normaliser)] : [],
  };
}

function describeNormaliser(normaliser: Normaliser | null): string {
  if (!normaliser) {
    return 'not normalised: too few people with one photograph; name strangers with --cohort';
  }
  const { cohort, settings } = normaliser.normalisation;
  return `normalised with a cohort of ${cohort.length} strangers, of whom the ${settings.top} most alike count`;
}

function measureIdentification(
  photographs: readonly EmbeddedPhotograph[],
  normaliser: Normaliser | null,
  templates: number,
): PackAccuracy['identifications'] {
  const { faces } = labelFaces(normaliser?.trials ?? photographs);
  const plain = { scores: 'cosine', ...identify(faces, cosineScorer(faces), templates) };
  if (!normaliser) return [plain];
  const score = normalisedScorer(faces, normaliser.normalisation);
  const scores = `normalised, ${normaliser.cohort.length} strangers`;
  return [plain, { scores, ...identify(faces, score, templates) }];
}

interface EmbeddedWithPack {
  readonly photographs: readonly EmbeddedPhotograph[];
  readonly facesPerSecond: number;
  readonly cohort: CohortSource;
}

/**
 * Embeds photographs with the configured packs.
 * @param strangers strangers for a pack without a cohort; null to use the people with one photograph
 */
async function embedWithPack(
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
