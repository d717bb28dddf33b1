import { markdownTable } from '../accuracy/markdown-table.js';
import { type RunFigures } from '../scaling/measure-run.js';

/** CPU of an image in each part, by way of watching; the first row is what the others are compared with. */
export function costTable(runs: ReadonlyMap<string, readonly RunFigures[]>): string[] {
  const [first] = [...runs.values()].map(costOf);
  const rows = [...runs].map(([name, of]) => {
    const cost = costOf(of);
    const parts = [cost.ingest, cost.embedders, cost.matchers, cost.redis];
    return [
      name,
      ...parts.map((microseconds) => microseconds.toFixed(0)),
      cost.services.toFixed(0),
      `${((cost.services / first!.services - 1) * 100).toFixed(1)} %`,
      `${(cost.spread * 100).toFixed(1)} %`,
      cost.bytesIn.toFixed(0),
    ];
  });
  return markdownTable(HEAD, rows, 1);
}

const HEAD = [
  'who watches',
  'ingest',
  'embedders',
  'matchers',
  'Redis',
  'services together',
  'more',
  'runs apart',
  'bytes into Redis',
];

/** The median run of each figure; µs an image. */
function costOf(runs: readonly RunFigures[]) {
  const each = (read: (run: RunFigures) => number) => runs.map((run) => read(run) / run.images);
  const services = each(({ cpu }) => 1e6 * (cpu.ingest + cpu.embedders + cpu.matchers));
  return {
    ingest: median(each(({ cpu }) => 1e6 * cpu.ingest)),
    embedders: median(each(({ cpu }) => 1e6 * cpu.embedders)),
    matchers: median(each(({ cpu }) => 1e6 * cpu.matchers)),
    redis: median(each(({ redis }) => 1e6 * redis.mainSeconds)),
    services: median(services),
    /** From the least to the most, against the median. */
    spread: (Math.max(...services) - Math.min(...services)) / median(services),
    bytesIn: median(each(({ redis }) => redis.bytesIn)),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
