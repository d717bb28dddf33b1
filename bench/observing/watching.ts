import { setTimeout as sleep } from 'node:timers/promises';
import { type ScalingBed } from '../../test/support/scaling-bed.js';
import { type Collector } from '../../test/support/start-collector.js';
import { type RunFigures, type RunOptions } from '../scaling/measure-run.js';
import { usualRun } from '../scaling/variations.js';
import { fixedPercent, markdownTable, median } from '../support/figures.js';

interface WayToWatch {
  readonly name: string;
  readonly options: RunOptions;
}

const SCRAPE_MS = 1_000;

/** The features that an operator can enable, one at a time. The first row has none. */
export function waysToWatch(images: number, collector: Collector): WayToWatch[] {
  const usual = usualRun(images);
  const traced = (share: string): RunOptions => ({
    ...usual,
    settings: {
      ...usual.settings,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: share,
    },
  });
  return [
    { name: 'nothing enabled', options: usual },
    { name: 'metrics read every second', options: { ...usual, beside: scrape } },
    { name: 'one trace in a hundred', options: traced('0.01') },
    { name: 'every trace', options: traced('1') },
  ];
}

/** Reads the same URLs as Prometheus and KEDA, 15 to 30 times as often. */
function scrape(bed: ScalingBed): Promise<() => Promise<void>> {
  const stop = new AbortController();
  const services = [bed.ingest, ...bed.embedders, ...bed.matchers];
  const urls = [
    ...services.map(({ url }) => `${url}/metrics`),
    `${bed.ingest.url}/metrics/scaling`,
  ];
  const read = async () => {
    while (!stop.signal.aborted) {
      await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
      await sleep(SCRAPE_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const reading = read();
  return Promise.resolve(() => {
    stop.abort();
    return reading;
  });
}

/** CPU time per image in each part. The other rows are compared with the first. */
export function costTable(runs: ReadonlyMap<string, readonly RunFigures[]>): string[] {
  const [first] = [...runs.values()].map(costOf);
  const rows = [...runs].map(([name, of]) => {
    const cost = costOf(of);
    const parts = [cost.ingest, cost.embedders, cost.matchers, cost.redis];
    return [
      name,
      ...parts.map((microseconds) => microseconds.toFixed(0)),
      cost.services.toFixed(0),
      fixedPercent(cost.services / first!.services - 1),
      fixedPercent(cost.spread),
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

/** Median of each figure over the runs, µs per image. */
function costOf(runs: readonly RunFigures[]) {
  const each = (read: (run: RunFigures) => number) => runs.map((run) => read(run) / run.images);
  const services = each(({ cpu }) => 1e6 * (cpu.ingest + cpu.embedders + cpu.matchers));
  return {
    ingest: median(each(({ cpu }) => 1e6 * cpu.ingest)),
    embedders: median(each(({ cpu }) => 1e6 * cpu.embedders)),
    matchers: median(each(({ cpu }) => 1e6 * cpu.matchers)),
    redis: median(each(({ redis }) => 1e6 * redis.mainSeconds)),
    services: median(services),
    /** Difference between highest and lowest, as a share of the median. */
    spread: (Math.max(...services) - Math.min(...services)) / median(services),
    bytesIn: median(each(({ redis }) => redis.bytesIn)),
  };
}
