import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { recognitionHttp } from '#shared/contracts/http/recognition.http.js';
import { api, upload } from '../../test/support/api.js';
import { type ScalingBed } from '../../test/support/scaling-bed.js';
import { standInBytes } from '../../test/support/stand-in-model.js';
import { startReceiver } from '../../test/support/start-receiver.js';
import { waitUntil } from '../../test/support/wait-until.js';
import { type RunOptions } from './measure-run.js';

const DELIVERY_LIMIT_MS = 120_000;

export interface Variation {
  readonly name: string;
  readonly options: RunOptions;
}

/** Two embedders and two matchers without simulated network time, and one face per image. */
export function usualRun(images: number): RunOptions {
  return {
    embedders: 2,
    matchers: 2,
    batchMs: 0,
    images,
    faces: () => 1,
    settings: { BATCH_WAIT_MS: '0' },
  };
}

/** Changes that may affect the cost of an image, one at a time. @param images number of images of most runs */
export function variations(images: number): Variation[] {
  const usual = usualRun(images);
  const vary = (name: string, changes: Partial<RunOptions>): Variation => ({
    name,
    options: {
      ...usual,
      ...changes,
      settings: { ...usual.settings, ...changes.settings },
    },
  });
  const faces = (count: number) => ({ faces: () => count });
  return [
    vary('as usual: 1 face of 512 numbers', {}),
    vary('no face', faces(0)),
    vary('5 faces', faces(5)),
    vary('20 faces', { ...faces(20), images: Math.ceil(images / 4) }),
    vary('1 face of 128 numbers', { dimension: 128 }),
    vary('PAGE_SIZE 100', { settings: { PAGE_SIZE: '100' } }),
    vary('PAGE_SIZE 10', { settings: { PAGE_SIZE: '10' } }),
    vary('concurrency 1 per worker', {
      settings: { EMBEDDER_CONCURRENCY: '1', MATCHER_CONCURRENCY: '1' },
    }),
    vary('6 embedders, 4 matchers', { embedders: 6, matchers: 4 }),
    vary('simulated network time, matchers wait', {
      batchMs: 100,
      settings: { BATCH_WAIT_MS: '5' },
    }),
  ];
}

/** The usual run with a webhook that receives all events. */
export async function withWebhook(images: number): Promise<Variation & { close(): Promise<void> }> {
  const { requests, url, close } = await startReceiver(() => 200);
  const hook = { name: 'bench', url, secret: `whsec_${'A'.repeat(32)}` };
  const usual = usualRun(images);
  const allDelivered = async (bed: ScalingBed) => {
    const events = await bed.redis.xlen(EVENT_STREAM);
    await waitUntil('the webhook', () => requests.length >= events, DELIVERY_LIMIT_MS, 100);
  };
  const options: RunOptions = {
    ...usual,
    settings: {
      ...usual.settings,
      WEBHOOKS: JSON.stringify([hook]),
      ALLOW_INTERNAL_ADDRESSES: '127.0.0.1',
    },
    async beside(bed) {
      await allDelivered(bed);
      return () => allDelivered(bed);
    },
  };
  return { name: 'a webhook', options, close };
}

const READERS = 10;

/**
 * Other load during an import. The simulated networks limit the import to a fixed rate, so that the runs can be
 * compared: a command costs Redis more if Redis is less busy.
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

/** After its first query, a matcher listens for finished jobs until it stops. */
async function askAll(bed: ScalingBed): Promise<() => Promise<void>> {
  const image = upload(standInBytes({ name: 'query', faces: ['nobody'] }));
  for (const { url } of bed.matchers) {
    await api(url).call(recognitionHttp.identify, { files: { image } });
  }
  await bed.forgetWork();
  return () => Promise.resolve();
}
