/**
 * npm run simulate:autoscaling -- [--seed N] [--plot FILE.svg]
 *
 * A bursty day through the formulas of KEDA and the HPA, for several settings of the embedders.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { burstyDay } from './autoscaling/bursty-day.js';
import { BASE, CPU, GPU } from './autoscaling/candidates.js';
import { dayPlot, dayTable } from './autoscaling/day-report.js';
import { simulate } from './autoscaling/simulate.js';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, plot: { type: 'string' } },
});
const day = burstyDay(Number(values.seed));
console.log(
  `Embedders on CPU\n\n${dayTable(day, CPU)}\n\nOn GPUs, assumed\n\n${dayTable(day, GPU)}`,
);
if (values.plot !== undefined) {
  await writeFile(values.plot, dayPlot('Embedders by work and age', simulate(day, CPU, BASE)));
}
