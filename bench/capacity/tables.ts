import { markdownTable } from '../accuracy/markdown-table.js';
import { INPUTS, type Input } from './inputs.js';
import { planFor, priceOfMillion, type Demand, type Plan } from './plan.js';

const ROWS: readonly (readonly [what: string, of: (plan: Plan) => string])[] = [
  ['sightings', ({ sightings }) => whole(sightings)],
  ['images/s', ({ rate }) => short(rate)],
  ['cores, networks on CPU', ({ cores }) => whole(cores)],
  ['or GPUs', ({ gpus }) => whole(gpus)],
  ['images/s that one Redis bears', ({ redisBound }) => short(redisBound)],
  ['Redises for that rate', ({ redises }) => whole(redises)],
  ['days at least on one Redis', ({ leastDays }) => short(leastDays)],
  ['ledger, GiB', ({ ledgerGib }) => short(ledgerGib)],
  ['maxmemory of Redis, GiB', ({ redisGib }) => short(redisGib)],
  ['Qdrant, GiB of memory, 8-bit copies', ({ qdrantGib }) => short(qdrantGib)],
  ['nodes for that', ({ qdrantNodes }) => whole(qdrantNodes)],
  ['Qdrant, GiB of memory, whole vectors', ({ qdrantWholeGib }) => short(qdrantWholeGib)],
  ['nodes for those', ({ qdrantWholeNodes }) => whole(qdrantWholeNodes)],
  ['Qdrant, GiB of disk', ({ diskGib }) => short(diskGib)],
  ['image files, Gbit/s', ({ fetchGbit }) => short(fetchGbit)],
  ['to and from Redis, MB/s', ({ redisMb }) => short(redisMb)],
];

export function planTable(sizes: readonly number[], demand: Omit<Demand, 'images'>): string {
  const plans = sizes.map((images) => planFor({ ...demand, images }));
  const rows = ROWS.map(([what, of]) => [what, ...plans.map(of)]);
  return markdownTable(['images', ...sizes.map(whole)], rows, 1).join('\n');
}

export function inputTable(): string {
  const rows = Object.values<Input>(INPUTS).map(({ what, value, unit, source }) => [
    what,
    source,
    `${whole(value)} ${unit}`,
  ]);
  return markdownTable(['what', 'from', 'figure'], rows, 2).join('\n');
}

export function priceTable(facesPerImage: number): string {
  const { cpu, gpu } = priceOfMillion(facesPerImage);
  const rows = [
    ['networks on CPU', cpu.toFixed(2)],
    ['networks on a GPU', gpu.toFixed(2)],
  ];
  return markdownTable(['a million images', 'example price'], rows, 1).join('\n');
}

function whole(value: number): string {
  return value.toLocaleString('en');
}

function short(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en');
}
