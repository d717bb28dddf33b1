/**
 * npm run bench:scaling -- [--images N] [--batch-ms N] [--embedders 1,2,4] [--env NAME=VALUE …]
 *
 * One, two and four embedders and two matchers, each a process, on one redis-server and one Qdrant (the
 * strict double, or SIGHTLINE_TEST_QDRANT_URL). All is real but the networks, which take a fixed time a
 * batch: what is not linear then is ours, as long as the machine has CPU left. Exits with 1 below 0.9.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { LEAST_OF_LINEAR, linearReport, shareOfLinear } from './scaling/linear-report.js';
import { measureRun, type RunFigures } from './scaling/measure-run.js';
import { machineLine } from './support/figures.js';
import { parseSettings } from './support/parse-settings.js';

const { values } = parseArgs({
  options: {
    /** Of each embedder. */
    images: { type: 'string', default: '1000' },
    'batch-ms': { type: 'string', default: '200' },
    embedders: { type: 'string', default: '1,2,4' },
    env: { type: 'string', multiple: true, default: [] },
  },
});
const BATCH = 8;
const IN_HAND = 32;
const MATCHERS = 2;
const batchMs = Number(values['batch-ms']);

const runs: RunFigures[] = [];
for (const count of values.embedders.split(',').map(Number)) {
  console.error(`${count} embedders …`);
  const run = await measureRun({
    embedders: count,
    matchers: MATCHERS,
    batchMs,
    images: count * Number(values.images),
    faces: (index) => index % 3,
    settings: {
      EMBEDDER_CONCURRENCY: String(IN_HAND),
      BATCH_SIZE: String(BATCH),
      ...parseSettings(values.env),
    },
  });
  runs.push(run);
}
const cores = availableParallelism();
const least = Math.min(...runs.map((run) => shareOfLinear(run, runs)));
console.log(
  [
    machineLine(),
    `${BATCH} images in ${batchMs} ms: ${(1000 * BATCH) / batchMs} images/s an embedder; ${MATCHERS} matchers`,
    '',
    linearReport(runs, { batch: BATCH, batchMs, inHand: IN_HAND, cores }),
    '',
    `Nothing twice. At least ${least.toFixed(3)} of linear, ${LEAST_OF_LINEAR} wanted.`,
  ].join('\n'),
);
if (least < LEAST_OF_LINEAR) process.exitCode = 1;
