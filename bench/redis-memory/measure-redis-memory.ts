import { type Redis } from 'ioredis';
import { deliverWebhookContract } from '#shared/contracts/deliver-webhook.contract.js';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { type Outcome } from '#shared/contracts/outcome.js';
import { type QueueContract } from '#shared/contracts/queue-contract.js';
import { deadLetterKeys, EVENT_STREAM, importKeys } from '#shared/platform/ledger/keys.js';
import { LOG_LENGTH, OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { planPages } from '../../test/support/plan-pages.js';
import {
  deliveryJob,
  embedJob,
  fillLedger,
  generatedPage,
  inPages,
  matchJob,
} from './generated-images.js';

/** Memory of one kind of data. */
export interface MemoryPart {
  readonly kind: string;
  /** Unit of `count`. */
  readonly unit: string;
  readonly count: number;
  readonly bytes: number;
}

export interface MemoryOptions {
  readonly images: number;
  /** Length of the event stream. */
  readonly events: number;
  /** Number of jobs on each queue, and of images in the plans of pages. */
  readonly jobs: number;
}

const PAGE = 1_000;
const IMPORT = '1';
const TENANT = 'default';

/** Fills an empty Redis with the code of the product and measures how its memory grows. */
export async function measureRedisMemory(
  redis: Redis,
  { images, events, jobs }: MemoryOptions,
): Promise<MemoryPart[]> {
  const ledger = new OutcomeLedger(redis, undefined, events);
  const grown = async (fill: () => Promise<void>) => {
    const before = await usedBytes(redis);
    await fill();
    return (await usedBytes(redis)) - before;
  };
  const finish = (from: number, to: number, outcome: Outcome) =>
    fillLedger(ledger, IMPORT, from, to, outcome);
  const queue = <Payload>(contract: QueueContract<Payload, unknown>, job: (i: number) => Payload) =>
    grown(async () => {
      const producer = new ContractProducer(contract, redis);
      await inPages(0, jobs, (indexes) => producer.addBulk(indexes.map(job)));
      await producer.close();
    });

  const plans = Array.from({ length: Math.ceil(jobs / PAGE) }, (_, page) =>
    generatedPage(page * PAGE, PAGE),
  );
  const half = Math.floor(images / 2);
  const early = await grown(() => finish(0, half, 'unknown'));
  const late = await grown(() => finish(half, images, 'unknown'));
  await finish(images, images + LOG_LENGTH, 'refused');
  await finish(images + LOG_LENGTH, images + LOG_LENGTH + events, 'named');
  return [
    { kind: 'ledger, first half', unit: 'image', count: half, bytes: early },
    { kind: 'ledger, second half', unit: 'image', count: images - half, bytes: late },
    await stream(redis, 'log of an import, full', 'image', importKeys.log(IMPORT)),
    await deadLetters(redis),
    await stream(redis, 'event stream, full', 'event', EVENT_STREAM),
    {
      kind: 'plans of pages',
      unit: 'image',
      count: jobs,
      bytes: await grown(() => planPages(redis, IMPORT, plans)),
    },
    {
      kind: 'embed-image queue',
      unit: 'job',
      count: jobs,
      bytes: await queue(embedImageContract, embedJob),
    },
    {
      kind: 'match-faces queue, one face each',
      unit: 'job',
      count: jobs,
      bytes: await queue(matchFacesContract, matchJob),
    },
    {
      kind: "a webhook's queue",
      unit: 'job',
      count: jobs,
      bytes: await queue(
        deliverWebhookContract('bench', { attempts: 12, backoffMs: 5_000 }),
        deliveryJob,
      ),
    },
  ];
}

async function stream(redis: Redis, kind: string, unit: string, key: string): Promise<MemoryPart> {
  return { kind, unit, count: await redis.xlen(key), bytes: await bytesOf(redis, key) };
}

async function deadLetters(redis: Redis): Promise<MemoryPart> {
  const { letters, index } = deadLetterKeys;
  const bytes = (await bytesOf(redis, letters)) + (await bytesOf(redis, index(TENANT)));
  return {
    kind: 'dead letters of a tenant, full',
    unit: 'letter',
    count: await redis.hlen(letters),
    bytes,
  };
}

async function bytesOf(redis: Redis, key: string): Promise<number> {
  return Number(await redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0));
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}
