import { form, requestJson } from '../../test/support/api.js';
import { type ScalingBed } from '../../test/support/scaling-bed.js';
import { standInBytes } from '../../test/support/stand-in-model.js';
import { type RunOptions } from './measure-run.js';
import { type Variation } from './variations.js';

const READERS = 10;

/**
 * What goes on beside an import that its own networks hold to one rate, so that runs compare: a command
 * costs Redis more the less it has to do.
 */
export function liveLoads(images: number): Variation[] {
  const usual: RunOptions = {
    embedders: 2,
    matchers: 4,
    batchMs: 100,
    images,
    faces: () => 1,
    settings: { BATCH_SIZE: '8' },
  };
  return [
    { name: 'nothing else', options: usual },
    {
      name: `${READERS} readers of GET /v1/events`,
      options: { ...usual, beside: readEvents },
    },
    { name: 'all matchers answer queries too', options: { ...usual, beside: askAll } },
    { name: '8 matchers', options: { ...usual, matchers: 8 } },
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

/** A matcher that has once asked an embedder listens for the ends of jobs from then on. */
async function askAll(bed: ScalingBed): Promise<() => Promise<void>> {
  const image = standInBytes({ name: 'query', faces: ['nobody'] });
  for (const { url } of bed.matchers) {
    await requestJson(`${url}/v1/identify`, { method: 'POST', body: form({ image }) });
  }
  await bed.forgetWork();
  return () => Promise.resolve();
}
