/**
 * npm run bench:models
 *
 * Compares the default packs with face-api: detection and embedding of the faces of Labeled Faces in the Wild and of
 * group photographs. Reads SIGHTLINE_TEST_FACES, by default ../shared/faces.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { labelFaces, mainFace } from '#models/accuracy/embed-photographs.js';
import { operatingPoints } from '#models/accuracy/operating-points.js';
import { readLabelledPhotographs } from '#models/accuracy/photographs.js';
import { scoreAllPairs } from '#models/accuracy/scored-pairs.js';
import { dotProduct } from '#models/scoring/as-norm.js';
import { type Box } from '#shared/contracts/image-ref.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { overlap } from '#vision/imaging/geometry.js';
import { type FoundFace } from '#vision/face-pipeline.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { countFound, groupPhotographs } from '../test/support/group-photographs.js';
import { kFoldAccuracy, pairScores } from './accuracy/pair-scores.js';
import { readPairs } from './accuracy/pairs-file.js';
import { layOut, type Portrait } from './model-choice/small-faces.js';
import { openFaceApi } from './support/face-api.js';
import { fixedPercent, percent } from './support/figures.js';

const FALSE_ACCEPT_RATES = [1e-2, 1e-3, 1e-4];
/** face-api detects faces in every sixth photograph only, because it needs a third of a second for each. */
const RIVAL_SAMPLE = 6;
/** Size of the photographs of Labeled Faces in the Wild, pixels. */
const PORTRAIT = { width: 250, height: 250 };
const FACE_HEIGHTS = [24, 32, 40, 48, 64, 96, 128];
const SCENES = [
  { width: 1280, height: 960 },
  { width: 1920, height: 1440 },
  { width: 4000, height: 3000 },
];

const facesFolder = process.env.SIGHTLINE_TEST_FACES ?? '../shared/faces';
const photographs = await readLabelledPhotographs(path.join(facesFolder, 'lfw-dev'));
const pairs = await readPairs(path.join(facesFolder, 'lfw-dev-pairs.txt'), photographs);
const pictures = await Promise.all(photographs.map(({ file }) => readFile(file)));
const groups = await Promise.all(
  groupPhotographs().map(async ({ file, faces }) => ({ picture: await readFile(file), faces })),
);
const sightline = await openFacePipeline(loadConfig(inferenceConfigSchema));
const faceApi = await openFaceApi();

console.log(`${photographs.length} photographs of one person each\n`);

let start = performance.now();
const found = await Promise.all(pictures.map(findFaces));
const mainFaces = found.map((faces) => mainFace(faces, PORTRAIT));
console.log(`sightline: whole chain ${rate(pictures.length)} photographs/s`);
report(
  'rfb320-68',
  mainFaces,
  await Promise.all(groups.map(async ({ picture }) => boxes(await findFaces(picture)))),
);

const sample = pictures.filter((_, i) => i % RIVAL_SAMPLE === 0);
for (const [name, detect] of Object.entries(faceApi.detectors)) {
  start = performance.now();
  const main = [];
  for (const picture of sample) {
    const faces = (await detect(picture)).map((box) => ({ box }));
    main.push(mainFace(faces, PORTRAIT));
  }
  console.log(`${name}: ${rate(sample.length)} photographs/s`);
  const inGroups = [];
  for (const { picture } of groups) inGroups.push(await detect(picture));
  report(name, main, inGroups);
}

console.log('\nsame or not; all pairs: share of same-person pairs accepted at a false-accept rate');
compare(
  'fr-feature',
  mainFaces.map((face) => face?.embedding ?? null),
  dotProduct,
);
start = performance.now();
const descriptors: (Float32Array | null)[] = [];
for (const [i, face] of mainFaces.entries()) {
  descriptors.push(face ? await faceApi.embed(pictures[i]!, face.box) : null);
}
console.log(`face-api 128-d: ${rate(descriptors.length)} faces/s`);
compare('face-api 128-d, in the boxes of rfb320-68', descriptors, (a, b) => {
  return -Math.hypot(...a.map((value, i) => value - b[i]!));
});

console.log('\nsmall faces in large pictures: share found by rfb320-68 at a face height in pixels');
const portraits = found.flatMap((faces, i): Portrait[] =>
  faces.length === 1 ? [{ photograph: pictures[i]!, ...PORTRAIT, face: faces[0]!.box }] : [],
);
for (const size of SCENES) {
  const shares = [];
  for (const height of FACE_HEIGHTS) {
    const scene = await layOut(portraits, size, height);
    const seen = boxes(await findFaces(scene.picture));
    const hits = scene.faces.filter((face) => seen.some((box) => overlap(face, box) > 0.35));
    shares.push(`${height} px ${fixedPercent(hits.length / scene.faces.length)}`);
  }
  console.log(`${size.width}×${size.height}: ${shares.join(', ')}`);
}
await sightline.close();

async function findFaces(picture: Buffer): Promise<readonly FoundFace[]> {
  return (await sightline.process(picture)).faces;
}

function boxes(faces: readonly { box: Box }[]): Box[] {
  return faces.map(({ box }) => box);
}

function rate(count: number): string {
  return ((count * 1000) / (performance.now() - start)).toFixed(1);
}

function report(name: string, main: readonly unknown[], inGroups: readonly Box[][]): void {
  const seen = main.filter((face) => face !== null).length;
  const counts = groups.map(({ faces }, i) => countFound(faces, inGroups[i]!));
  const inGroup = counts.reduce((sum, { found }) => sum + found, 0);
  const wrong = counts.reduce((sum, { falseBoxes }) => sum + falseBoxes, 0);
  console.log(
    `  ${name}: a face in ${seen} of ${main.length} photographs; group photographs: ${inGroup} of 22 faces, ${wrong} false boxes`,
  );
}

function compare(
  name: string,
  embeddings: readonly (Float32Array | null)[],
  similarity: (a: Float32Array, b: Float32Array) => number,
): void {
  const embedded = photographs.map((photograph, i) => {
    return { ...photograph, embedding: embeddings[i]!, refused: null };
  });
  const { accuracy } = kFoldAccuracy(
    pairScores(pairs, embedded, (a, b) => similarity(a.embedding, b.embedding)),
  );
  const { faces, people } = labelFaces(embedded);
  const scores = scoreAllPairs(faces, people.length, (a, b) =>
    similarity(embeddings[a]!, embeddings[b]!),
  );
  console.log(`${name}: pairs file ${fixedPercent(accuracy)}`);
  for (const point of operatingPoints(scores, FALSE_ACCEPT_RATES)) {
    console.log(
      `  FAR ${percent(point.falseAcceptRate)}: ${fixedPercent(point.trueAcceptRate)} from ${point.threshold} on (${scores.genuine.scores.length} same, ${scores.impostor.scores.length} different)`,
    );
  }
}
