import { setTimeout as sleep } from 'node:timers/promises';
import { type ScalingBed } from '../../test/support/scaling-bed.js';
import { type Collector } from '../../test/support/start-collector.js';
import { type RunOptions } from '../scaling/measure-run.js';
import { usualRun } from '../scaling/variations.js';

export interface WayToWatch {
  readonly name: string;
  readonly options: RunOptions;
}

const SCRAPE_MS = 1_000;

/** What an operator may switch on, one at a time; the first is nothing. */
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
    { name: 'nobody watches', options: usual },
    { name: 'metrics read every second', options: { ...usual, beside: scrape } },
    { name: 'one trace in a hundred', options: traced('0.01') },
    { name: 'every trace', options: traced('1') },
  ];
}

/** Reads what Prometheus and KEDA do, 15 to 30 times as often. */
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
