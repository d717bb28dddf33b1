/**
 * npm run bench:scaling -- [--images N] [--batch-ms N] [--embedders 1,2,4] [--env NAME=VALUE …]
 *
 * Measures whether throughput grows linearly with one, two and four embedders. They run with two matchers, each in its
 * own process, on one redis-server and one Qdrant (the test double, or SIGHTLINE_TEST_QDRANT_URL). Only the networks are
 * simulated, with a fixed time per batch. Exits with 1 if the throughput is below 0.9 of linear.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { LEAST_OF_LINEAR, linearReport, shareOfLinear } from './scaling/linear-report.js';
import { measureRun, type RunFigures } from './scaling/measure-run.js';
import { machineLine } from './support/figures.js';
import { parseSettings } from './support/parse-settings.js';

const { values } = parseArgs({
  options: {
    /** Images per embedder. */
    images: { type: 'string', default: '1000' },
    'batch-ms': { type: 'string', default: '200' },
    embedders: { type: 'string', default: '1,2,4' },
    env: { type: 'string', multiple: true, default: [] },
  },
});
const BATCH = 8;
const CONCURRENCY = 32;
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
      EMBEDDER_CONCURRENCY: String(CONCURRENCY),
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
    linearReport(runs, { batch: BATCH, batchMs, concurrency: CONCURRENCY, cores }),
    '',
    `No image was processed twice. Lowest share of linear: ${least.toFixed(3)}, at least ${LEAST_OF_LINEAR} expected.`,
  ].join('\n'),
);
if (least < LEAST_OF_LINEAR) process.exitCode = 1;
