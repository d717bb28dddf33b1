/**
 * npm run bench:pipeline -- [--images DIR …] [--count N] [--rival-count N]
 *
 * Puts the same images through the whole pipeline, through the model path alone (decode, detect,
 * embed in one process without queues: in a plain loop, and batched as the embedder does it), and
 * through @vladmandic/face-api on TF.js WASM, in one run on one machine. Quote the ratios.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { photos } from '../test/support/photos.js';
import { pipelineReport } from './pipeline/pipeline-report.js';
import { runContender } from './pipeline/run-contender.js';
import { makeArchive, runPipeline } from './pipeline/run-pipeline.js';
import { machineLine } from './support/figures.js';

const { values } = parseArgs({
  options: {
    images: { type: 'string', multiple: true },
    count: { type: 'string', default: '832' },
    'rival-count': { type: 'string', default: '52' },
  },
});
const count = Number(values.count);
const rivalCount = Math.min(count, Number(values['rival-count']));

const folder = await mkdtemp(path.join(tmpdir(), 'sightline-bench-'));
try {
  const sources = values.images ?? Object.values(await photos());
  const archive = path.join(folder, 'archive');
  const files = await makeArchive(sources, archive, count);
  await makeArchive(sources, path.join(folder, 'warm-up'), Math.min(count, 40));
  console.error(`${count} images; the model path in a plain loop …`);
  const loop = await runContender('loop', files);
  console.error('the batched model path …');
  const before = await runContender('batched', files);
  console.error('the pipeline …');
  const pipeline = await runPipeline(archive, path.join(folder, 'warm-up'));
  console.error('the batched model path again …');
  const after = await runContender('batched', files);
  console.error(`face-api on TF.js WASM, ${rivalCount} images …`);
  const rival = await runContender('face-api', files.slice(0, rivalCount));
  console.log(
    pipelineReport({ machine: machineLine(), loop, batched: [before, after], pipeline, rival }),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
