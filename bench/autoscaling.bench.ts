/**
 * npm run simulate:autoscaling -- [--seed N] [--plot FILE.svg] [--cpu-price N] [--gpu-price N]
 *
 * A bursty day through the formulas of KEDA and the HPA, for several settings of the embedders and matchers.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { burstyDay } from './autoscaling/bursty-day.js';
import {
  CPU,
  GPU,
  GPU_POOL,
  MATCHER,
  MATCHING,
  ON_CPU,
  ON_GPUS,
  PRODUCTION,
} from './autoscaling/candidates.js';
import { dayPlot } from './autoscaling/day-plot.js';
import { dayTable } from './autoscaling/day-table.js';
import { ScaledFleet } from './autoscaling/fleet.js';
import { simulate } from './autoscaling/simulate.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    plot: { type: 'string' },
    'cpu-price': { type: 'string', default: String(CPU.pricePerHour) },
    'gpu-price': { type: 'string', default: String(GPU.pricePerHour) },
  },
});
const day = burstyDay(Number(values.seed));
const cpu = { ...CPU, pricePerHour: Number(values['cpu-price']) };
const gpu = { ...GPU, pricePerHour: Number(values['gpu-price']) };
console.log(`Embedders on CPU\n\n${dayTable(day, cpu, ON_CPU)}\n`);
console.log(`On GPUs, assumed\n\n${dayTable(day, gpu, ON_GPUS)}`);
for (const [name, installation, settings] of [
  ['CPU', cpu, PRODUCTION],
  ['GPUs', gpu, GPU_POOL],
] as const) {
  const fleet = new ScaledFleet(settings, installation.startSeconds);
  const embedded = { live: simulate(day, installation, fleet).done, imports: [] };
  console.log(
    `\nMatchers behind ${name}, all images as live\n\n${dayTable(embedded, MATCHER, MATCHING)}`,
  );
}
if (values.plot !== undefined) {
  const report = simulate(day, cpu, new ScaledFleet(PRODUCTION, cpu.startSeconds));
  await writeFile(values.plot, dayPlot('Embedders by work and age', report));
}
