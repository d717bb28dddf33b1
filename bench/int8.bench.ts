/**
 * npm run bench:int8 -- --images DIR --pairs FILE [--pack facenet512] [--quantised facenet512-int8]
 *
 * Compares the speed and accuracy of a pack and its quantised version. Both networks receive the same aligned faces of
 * labelled photographs and run in turns, with the same settings of ONNX Runtime. Prints Markdown.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readLabelledPhotographs } from '#models/accuracy/photographs.js';
import { readEmbeddingPack } from '#models/packs/read-pack.js';
import { dotProduct } from '#models/scoring/as-norm.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { FALSE_ACCEPT_RATES } from './accuracy/measure-accuracy.js';
import { readPairs } from './accuracy/pairs-file.js';
import {
  accuracyRow,
  alignedFaces,
  compareSpeeds,
  EmbeddingNetwork,
} from './int8/compare-networks.js';
import { markdownTable, percent } from './support/figures.js';

const BATCHES = [1, 4, 8, 16];

const { values } = parseArgs({
  options: {
    images: { type: 'string' },
    pairs: { type: 'string' },
    pack: { type: 'string', default: 'facenet512' },
    quantised: { type: 'string', default: 'facenet512-int8' },
  },
});
const options = z
  .object({
    images: z.string('--images DIR is needed'),
    pairs: z.string('--pairs FILE is needed'),
    pack: z.string(),
    quantised: z.string(),
  })
  .parse(values);
const config = loadConfig(inferenceConfigSchema);
const photographs = await readLabelledPhotographs(options.images);
const pairs = await readPairs(options.pairs, photographs);
const faces = await alignedFaces(photographs, { ...config, MODEL_PACK: options.pack });
const real = await openNetwork(options.pack);
const quantised = await openNetwork(options.quantised);

const speeds: string[][] = [];
for (const batch of BATCHES) {
  const [a, b] = await compareSpeeds([real, quantised], faces, batch);
  speeds.push([String(batch), a!.toFixed(1), b!.toFixed(1), (b! / a!).toFixed(2)]);
}
print(['batch', `${options.pack}, faces/s`, options.quantised, 'ratio'], speeds, 0);

const ofReal = await real.embed(faces);
const ofQuantised = await quantised.embed(faces);
const alike = ofReal.map((vector, i) => dotProduct(vector, ofQuantised[i]!)).sort((a, b) => a - b);
const mean = alike.reduce((sum, value) => sum + value, 0) / alike.length;
const [lowest, fewBelow] = [alike[0]!, alike[Math.floor(alike.length / 20)]!];
console.log(
  `cosine of the two, ${alike.length} faces: mean ${mean.toFixed(5)}, 5 % below ${fewBelow.toFixed(4)}, lowest ${lowest.toFixed(4)}\n`,
);

const rates = FALSE_ACCEPT_RATES.map((rate) => percent(rate));
const row = (name: string, probes: Float32Array[], templates: Float32Array[]) => [
  name,
  ...accuracyRow(photographs, pairs, { probes, templates }),
];
print(
  [
    '',
    'pairs file',
    ...rates.map((rate) => `TAR at FAR ${rate}`),
    ...rates.map((rate) => `threshold at ${rate}`),
  ],
  [
    row(options.pack, ofReal, ofReal),
    row(options.quantised, ofQuantised, ofQuantised),
    row('the one against the other', ofReal, ofQuantised),
  ],
  1,
);

async function openNetwork(name: string): Promise<EmbeddingNetwork> {
  const { folder, manifest } = await readEmbeddingPack(config.MODELS_DIR, name);
  const { file } = manifest.artifacts.find(({ format }) => format === 'onnx')!;
  return EmbeddingNetwork.open(await readFile(path.join(folder, file)), manifest.input);
}

function print(head: string[], rows: string[][], words: number): void {
  console.log(`${markdownTable(head, rows, words).join('\n')}\n`);
}
