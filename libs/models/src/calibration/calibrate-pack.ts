import path from 'node:path';
import { assertSameSpace } from '#shared/contracts/embedding.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { type InferenceConfig } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import {
  givenCohort,
  sampleCohort,
  unnamedCohort,
  type CohortAndTrials,
} from '../accuracy/cohort.js';
import {
  embedPhotographs,
  type EmbeddingProgress,
  type EmbeddedPhotograph,
  labelFaces,
} from '../accuracy/embed-photographs.js';
import { readLabelledPhotographs, readStrangers, readGroups } from '../accuracy/photographs.js';
import { type PairColumns, scoreAllPairs, cosineScorer } from '../accuracy/scored-pairs.js';
import { type EmbeddingManifest } from '../packs/manifest.js';
import { calibratedManifest, writeCalibratedPack } from './calibrated-manifest.js';
import {
  chooseNormalisation,
  type NormalisationChoice,
  type NormalisationRequest,
} from './choose-normalisation.js';
import { calibrate, MIN_IMPOSTOR_PAIRS, type Calibrated } from './make-calibration.js';

const REPORTED_PAIRS = 3;

/** A folder of photographs, or faces of the archive, which are already embedded in `space`. */
export type CohortSource =
  | { readonly kind: 'folder'; readonly folder: string }
  | {
      readonly kind: 'archive';
      readonly space: string;
      readonly embeddings: readonly Float32Array[];
    };

interface CalibrationRequest extends NormalisationRequest {
  /** Folder with one sub-folder of photographs per person. */
  readonly images: string;
  /** Source of strangers; undefined: the people in `images` with a single photograph. */
  readonly cohort: CohortSource | undefined;
  /** Maximum number of strangers. */
  readonly cohortSize: number;
  /** File with the group of each person, see readGroups. */
  readonly groups: string | undefined;
  /** Description of the photographs; undefined: the name of the folder. */
  readonly data: string | undefined;
  readonly onProgress?: (progress: EmbeddingProgress) => void;
}

export interface CalibrationReport {
  readonly manifest: EmbeddingManifest;
  readonly detector: string;
  readonly photographs: readonly EmbeddedPhotograph[];
  readonly people: readonly string[];
  readonly mostAlike: readonly AlikePeople[];
  readonly cosine: Calibrated;
  readonly choice: NormalisationChoice;
}

/**
 * Measures the thresholds of a pack on labelled photographs and writes them into its manifest.
 * @param config calibrates MODEL_PACK for the faces that DETECTION_PACK finds
 * @throws PipelineError TOO_FEW_PAIRS, COHORT_TOO_SMALL, SPACE_MISMATCH, or an error of reading files and
 *   packs; then nothing is written
 */
export async function calibratePack(
  config: InferenceConfig,
  request: CalibrationRequest,
): Promise<CalibrationReport> {
  const groups = request.groups === undefined ? null : await readGroups(request.groups);
  const groupOf = (person: string) => groups?.get(person) ?? null;
  const { manifest, photographs, strangers } = await embed(config, request);
  const { faces, people } = labelFaces(photographs);
  const pairs = scoreAllPairs(faces, people.length, cosineScorer(faces));
  const cosine = calibrate(pairs, (person) => groupOf(people[person]!));
  if (!cosine) {
    throw usageError(
      'TOO_FEW_PAIRS',
      `the photographs in ${request.images} give ${pairs.genuine.scores.length} pairs of the same person and ${pairs.impostor.scores.length} pairs of two people; a threshold needs at least 1 and ${MIN_IMPOSTOR_PAIRS}`,
    );
  }
  const candidates = candidatesOf(photographs, strangers, request);
  const choice = chooseNormalisation(candidates, request, groupOf);
  const detector = config.DETECTION_PACK;
  const data = request.data ?? path.basename(path.resolve(request.images));
  const cohortData = describeCohort(request.cohort, data);
  const source = { detector, data, cohortData, images: photographs.length, people: people.length };
  const calibrated = calibratedManifest(manifest, source, cosine, choice);
  await writeCalibratedPack(path.resolve(config.MODELS_DIR, config.MODEL_PACK), calibrated);
  return {
    manifest: calibrated.manifest,
    detector,
    photographs,
    people,
    cosine,
    choice,
    mostAlike: mostAlike(pairs.impostor, REPORTED_PAIRS),
  };
}

async function embed(config: InferenceConfig, request: CalibrationRequest) {
  const files = await readLabelledPhotographs(request.images);
  const { cohort } = request;
  const strangerFiles = cohort?.kind === 'folder' ? await readStrangers(cohort.folder) : null;
  const pipeline = await openFacePipeline(config);
  try {
    if (cohort?.kind === 'archive') assertSameSpace(pipeline.embedding.space, cohort.space);
    const photographs = await embedPhotographs(pipeline, files, request.onProgress);
    const strangers =
      strangerFiles && (await embedPhotographs(pipeline, strangerFiles, request.onProgress));
    return { manifest: pipeline.embedding, photographs, strangers };
  } finally {
    await pipeline.close();
  }
}

function candidatesOf(
  photographs: readonly EmbeddedPhotograph[],
  strangers: readonly EmbeddedPhotograph[] | null,
  { cohort, cohortSize }: CalibrationRequest,
): CohortAndTrials {
  if (cohort?.kind === 'archive') return unnamedCohort(photographs, cohort.embeddings);
  if (strangers) return givenCohort(photographs, strangers, cohortSize);
  return sampleCohort(photographs, cohortSize);
}

function describeCohort(cohort: CohortSource | undefined, data: string): string {
  if (cohort?.kind === 'folder') return path.basename(path.resolve(cohort.folder));
  if (cohort?.kind === 'archive') return 'unknown faces of the archive';
  return `people with one photograph of: ${data}`;
}

/** Two people, by number, and their highest score. */
interface AlikePeople {
  readonly first: number;
  readonly second: number;
  readonly score: number;
}

/**
 * The pairs of people with the most similar photographs, each pair once, highest score first. If they are
 * one person under two names, or a photograph is in the wrong folder, thresholds become too strict.
 * @param most maximum number of pairs
 */
export function mostAlike({ scores, first, second }: PairColumns, most: number): AlikePeople[] {
  let best: AlikePeople[] = [];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (best.length === most && score <= best[most - 1]!.score) continue;
    const pair = { first: first[i]!, second: second[i]!, score };
    const isSame = (one: AlikePeople) =>
      (one.first === pair.first && one.second === pair.second) ||
      (one.first === pair.second && one.second === pair.first);
    const known = best.find(isSame);
    if (known && known.score >= score) continue;
    best = [...best.filter((one) => one !== known), pair]
      .sort((a, b) => b.score - a.score)
      .slice(0, most);
  }
  return best;
}
