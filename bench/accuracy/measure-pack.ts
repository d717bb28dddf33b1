import { type EmbeddedPhotograph, labelFaces } from '#models/accuracy/embed-photographs.js';
import { type LabelledPhotograph } from '#models/accuracy/photographs.js';
import { cosineScorer, normalisedScorer } from '#models/accuracy/scored-pairs.js';
import { type InferenceConfig } from '#vision/inference.config.js';
import { type PackAccuracy } from './accuracy-report.js';
import { embedWithPack } from './embed-with-pack.js';
import { identify } from './identification.js';
import { measureAccuracy } from './measure-accuracy.js';
import { type Normaliser, normaliserFor } from './normaliser.js';
import { type LabelledPair } from './pairs-file.js';

export interface MeasureRequest {
  readonly photographs: readonly LabelledPhotograph[];
  readonly pairs: readonly LabelledPair[] | null;
  /** Strangers to normalise with, for packs that have none of their own; null: people with one photograph. */
  readonly strangers: readonly LabelledPhotograph[] | null;
  readonly normalise: boolean;
  /** Templates of each person enrolled; null leaves identification out. */
  readonly templates: number | null;
}

/** Runs the photographs through the pipeline with the config's packs, and compares what comes out. */
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
