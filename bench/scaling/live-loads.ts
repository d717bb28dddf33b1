import { setTimeout as sleep } from 'node:timers/promises';
import { type ScalingBed } from '../../test/support/scaling-bed.js';
import { type RunOptions } from './measure-run.js';
import { type Variation } from './variations.js';

const READERS = 10;
const SCRAPES_PER_SECOND = 20;

/**
 * What goes on beside an import that its own networks hold to one rate, so that runs compare: a command
 * costs Redis more the less it has to do.
 */
export function liveLoads(images: number): Variation[] {
  const usual: RunOptions = {
    ...{ embedders: 2, matchers: 2, batchMs: 100, images, faces: () => 1 },
    settings: { BATCH_SIZE: '8' },
  };
  const beside = (name: string, load: RunOptions['beside']): Variation => ({
    name,
    options: { ...usual, ...(load && { beside: load }) },
  });
  return [
    beside('nothing else', undefined),
    beside(`${READERS} readers of GET /v1/events`, readEvents),
    beside(`${SCRAPES_PER_SECOND} scrapes/s of ingest's /metrics/scaling`, scrape),
    { name: '6 matchers', options: { ...usual, matchers: 6 } },
  ];
}

async function readEvents(bed: ScalingBed): Promise<() => Promise<void>> {
  const stop = new AbortController();
  const { signal } = stop;
  const readers = Array.from({ length: READERS }, async (_, i) => {
    const { url } = bed.matchers[i % bed.matchers.length]!;
    const response = await fetch(`${url}/v1/events`, { signal });
    const drain = response.body!.pipeTo(new WritableStream(), { signal }).catch(() => undefined);
    return { drain };
  });
  const opened = await Promise.all(readers);
  return async () => {
    stop.abort();
    await Promise.all(opened.map(({ drain }) => drain));
  };
}

function scrape(bed: ScalingBed): Promise<() => Promise<void>> {
  const stop = new AbortController();
  const { signal } = stop;
  const scraping = (async () => {
    while (!signal.aborted) {
      const response = await fetch(`${bed.ingest.url}/metrics/scaling`);
      if (!response.ok) throw new Error(`/metrics/scaling answered ${response.status}`);
      await response.text();
      await sleep(1000 / SCRAPES_PER_SECOND);
    }
  })();
  // Told to whoever ends it.
  scraping.catch(() => undefined);
  return Promise.resolve(async () => {
    stop.abort();
    await scraping;
  });
}
