import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { type Redis } from 'ioredis';
import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import { type Outcome } from '#shared/contracts/outcome.js';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { DeadLetterWriter, RejectedJobs } from '#shared/platform/ledger/dead-letter-writer.js';
import { deadLetterKeys, importKeys } from '#shared/platform/ledger/keys.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { ContractWorker } from '#shared/platform/queue/contract-worker.js';
import { connectRedis, QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { DeadLetterReplay } from '../../apps/ingest/src/dead-letters/dead-letter-replay.js';
import { DeadLetterRepository } from '../../apps/ingest/src/dead-letters/dead-letter-repository.js';
import { DeadLettersService } from '../../apps/ingest/src/dead-letters/dead-letters.service.js';
import { ingestConfigSchema } from '../../apps/ingest/src/ingest.config.js';
import { deadError, embedJob, evidenceOf, imageLetter } from '../support/dead-letters.js';
import { QUEUE_CONFIG } from '../support/queue-config.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

const TENANT = 'default';
const CONFIG = ingestConfigSchema.parse({
  REDIS_URL: 'redis://127.0.0.1:1',
  STORES: 'uploads=file:///nowhere',
});

let server: TestRedis;
let redis: Redis;
let ledger: OutcomeLedger;
let letters: DeadLetterRepository;
let replayer: DeadLetterReplay;
let service: DeadLettersService;
let queue: Queue;
let producer: ContractProducer<EmbedImagePayload, unknown>;
const workers: ContractWorker<EmbedImagePayload, unknown>[] = [];

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, 'test');
});

beforeEach(async () => {
  await redis.flushall();
  ledger = new OutcomeLedger(redis);
  letters = new DeadLetterRepository(redis, CONFIG);
  replayer = new DeadLetterReplay(redis, ledger, letters);
  service = new DeadLettersService(letters, replayer);
  queue = new Queue(embedImageContract.queue, { connection: redis, prefix: QUEUE_PREFIX });
  producer = new ContractProducer(embedImageContract, redis);
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
  await replayer.onApplicationShutdown();
  await producer.close();
  await queue.close();
});

afterAll(async () => {
  await redis.quit();
  await server.stop();
});

/** Records an image as dead, as a worker does after its last attempt. */
async function die(
  payload: EmbedImagePayload,
  error: PipelineError = deadError(),
  diedAt = Date.now(),
): Promise<void> {
  const letter = imageLetter(payload, error, diedAt);
  const outcome = error.class === 'quarantine' ? 'refused' : 'failed';
  const image = { imageId: letter.id, tenant: payload.tenant, key: payload.image.key };
  await ledger.finish({ ...image, outcome, error, letter, faces: 0, events: [] });
}

async function end(payload: EmbedImagePayload, outcome: Outcome): Promise<void> {
  const { tenant, image } = payload;
  const { key } = image;
  await ledger.finish({ imageId: idOf(payload), tenant, key, outcome, faces: 1, events: [] });
}

/** An embedder that fails each image with this error, or records it as named if there is no error. */
function work(errorOf: (payload: EmbedImagePayload) => PipelineError | null): void {
  const worker = new ContractWorker<EmbedImagePayload, unknown>(
    embedImageContract,
    {
      async handle(payload) {
        const error = errorOf(payload);
        if (error) throw error;
        await end(payload, 'named');
        return null;
      },
      giveUp: (payload, error) => die(payload, error),
    },
    { redis, name: 'embedder', stage: 'embed', config: QUEUE_CONFIG, concurrency: 8 },
  );
  workers.push(worker);
  worker.start();
}

const idOf = (payload: EmbedImagePayload) => embedImageContract.jobId(payload);
const counts = (owner = '1') => redis.hgetall(importKeys.counts(owner));
const listed = async () => (await letters.page(TENANT, {}, 1_000)).letters;
const listedKeys = async () => (await listed()).map(({ image }) => image?.key);

describe('a dead letter', () => {
  it('is written together with the outcome, and contains the error and the job', async () => {
    const payload = embedJob('big.jpg');
    await ledger.claim('1', [idOf(payload)]);
    await ledger.claim('7', [idOf(payload)]);
    await die(payload);
    expect(await listed()).toMatchObject([
      {
        id: idOf(payload),
        code: 'IMAGE_TOO_LARGE',
        stage: 'decode',
        class: 'quarantine',
        message: 'too many pixels',
        image: payload.image,
        source: payload.source,
        worker: 'embedder@here:1',
        attempts: 1,
        crashes: 0,
        replays: 0,
        imports: ['1', '7'],
        versions: { node: process.version, payload: 1, space: payload.space },
      },
    ]);
    expect(await letters.counts(TENANT)).toEqual({
      total: 1,
      forgotten: 0,
      counts: [{ code: 'IMAGE_TOO_LARGE', stage: 'decode', count: 1 }],
    });
  });

  it('is written only once, even if workers report the same failed job several times', async () => {
    const payload = embedJob('twice.jpg');
    await ledger.claim('1', [idOf(payload)]);
    await die(payload, deadError({ class: 'retry' }), 1_700_000_000_000);
    await die(payload, deadError({ class: 'retry', code: 'INTERNAL' }), Date.now());
    expect(await listed()).toMatchObject([{ code: 'INTERNAL' }]);
    expect(await letters.counts(TENANT)).toMatchObject({ total: 1 });
    expect(await counts()).toEqual({ failed: '1', 'code:INTERNAL': '1' });
  });

  it('is not written for an image that already has an outcome', async () => {
    const payload = embedJob('named.jpg');
    await end(payload, 'named');
    await die(payload);
    expect(await listed()).toEqual([]);
  });

  it('is deleted when another import tries the image again', async () => {
    const [failed, refused] = [embedJob('failed.jpg'), embedJob('refused.jpg')];
    await ledger.claim('1', [idOf(failed), idOf(refused)]);
    await die(failed, deadError({ class: 'retry' }));
    await die(refused);
    await ledger.claim('1', [idOf(failed), idOf(refused)]);
    expect(await listed()).toHaveLength(2);
    await ledger.claim('2', [idOf(failed), idOf(refused)]);
    expect(await listedKeys()).toEqual(['refused.jpg']);
    expect(await letters.counts(TENANT)).toMatchObject({ total: 1 });
  });

  it('is deleted when its image gets an outcome later', async () => {
    const payload = embedJob('late.jpg');
    await die(payload, deadError({ class: 'retry' }));
    await end(payload, 'unknown');
    expect(await listed()).toEqual([]);
    expect(await letters.counts(TENANT)).toEqual({ total: 0, forgotten: 0, counts: [] });
  });

  it('is visible only to its tenant', async () => {
    const payload = embedJob('theirs.jpg', { tenant: 'others' });
    await die(payload);
    expect(await listed()).toEqual([]);
    expect(await letters.read(TENANT, idOf(payload))).toBeNull();
    expect(await letters.read('others', idOf(payload))).toMatchObject({ tenant: 'others' });
    await service.drop(TENANT, {});
    expect(await letters.counts('others')).toMatchObject({ total: 1 });
  });

  it('is deleted when there are too many letters, oldest first', async () => {
    const writer = new DeadLetterWriter(redis, { most: 10, days: 30 });
    const start = Date.now() - 1_000;
    for (let i = 0; i < 25; i++) {
      await writer.put(imageLetter(embedJob(`${i}.jpg`), deadError(), start + i));
    }
    expect(await listedKeys()).toEqual(Array.from({ length: 10 }, (_, i) => `${24 - i}.jpg`));
    expect(await letters.counts(TENANT)).toMatchObject({ total: 10, forgotten: 15 });
    expect(await redis.hlen(deadLetterKeys.letters)).toBe(10);
  });

  it('is deleted after its retention time', async () => {
    const writer = new DeadLetterWriter(redis, { most: 10, days: 365 });
    const days = (count: number) => Date.now() - count * 24 * 3600 * 1000;
    await writer.put(imageLetter(embedJob('old.jpg'), deadError(), days(31)));
    await writer.put(imageLetter(embedJob('recent.jpg'), deadError(), days(29)));
    expect(await listedKeys()).toEqual(['recent.jpg']);
    expect(await letters.counts(TENANT)).toMatchObject({ total: 1, forgotten: 1 });
  });
});

describe('a payload that does not parse', () => {
  const invalid = deadError({ code: 'PAYLOAD_INVALID', stage: 'embed' });
  const payload = embedJob('skewed.jpg');

  async function reject(): Promise<void> {
    const writer = new DeadLetterWriter(redis, { most: 10, days: 1 });
    const { job, ...evidence } = evidenceOf(payload);
    const data = { tenant: 'default', image: { key: 'skewed.jpg' }, lane: 'unheard of' };
    await new RejectedJobs(ledger, writer).keep(invalid, { ...evidence, job: { ...job, data } });
  }

  it('makes an image that an import waits for fail, and another import tries it again', async () => {
    await ledger.claim('1', [idOf(payload)]);
    await reject();
    await reject();
    expect(await counts()).toEqual({ failed: '1', 'code:PAYLOAD_INVALID': '1' });
    expect(await listed()).toMatchObject([{ id: idOf(payload), code: 'PAYLOAD_INVALID' }]);
    expect(await ledger.claim('2', [idOf(payload)])).toEqual([{ state: 'new' }]);
    expect(await listed()).toEqual([]);
  });

  it('becomes a dead letter of its job when the image is not in the ledger', async () => {
    await reject();
    await reject();
    expect(await listed()).toMatchObject([{ code: 'PAYLOAD_INVALID', ofImage: false }]);
    expect(await ledger.claim('1', [idOf(payload)])).toEqual([{ state: 'new' }]);
  });

  it('does not change an image that already has an outcome', async () => {
    await end(payload, 'named');
    await reject();
    expect(await ledger.claim('1', [idOf(payload)])).toMatchObject([{ outcome: 'named' }]);
  });
});

describe('the list of dead letters', () => {
  const codes = ['IMAGE_TOO_LARGE', 'IMAGE_EMPTY', 'INTERNAL'];
  const start = Date.parse('2026-01-01T00:00:00Z');

  beforeEach(async () => {
    letters = new DeadLetterRepository(redis, { ...CONFIG, DEAD_LETTERS_DAYS: 10_000 });
    service = new DeadLettersService(letters, replayer);
    const writer = new DeadLetterWriter(redis, { most: 10_000, days: 10_000 });
    for (let i = 0; i < 300; i++) {
      const source = { kind: 'import', importId: String(1 + (i % 2)) } as const;
      const error = deadError({ code: codes[i % 3]!, stage: i % 3 === 2 ? 'embed' : 'decode' });
      // Ten letters with the same millisecond.
      const diedAt = start + Math.floor(i / 10);
      await writer.put(imageLetter(embedJob(`${i}.jpg`, { source }), error, diedAt));
    }
  });

  it('returns every letter once, newest first, page by page', async () => {
    const found: string[] = [];
    const times: number[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await letters.page(TENANT, {}, 7, cursor);
      found.push(...page.letters.map(({ id }) => id));
      times.push(...page.letters.map(({ diedAt }) => diedAt));
      ({ cursor } = page);
    }
    expect(new Set(found).size).toBe(300);
    expect(found).toHaveLength(300);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it.each([
    ['code', { code: 'INTERNAL' }, 100],
    ['stage', { stage: 'decode' }, 200],
    ['class', { class: 'retry' }, 0],
    ['queue', { queue: 'embed-image' }, 300],
    ['import', { import: '2' }, 150],
    ['code and import', { code: 'INTERNAL', import: '2' }, 50],
    ['time from', { from: start + 25 }, 50],
    ['time to', { to: start + 4 }, 50],
    ['time between', { from: start + 10, to: start + 10 }, 10],
  ] as const)('filters by %s', async (_, filter, expected) => {
    expect((await letters.page(TENANT, filter, 1_000)).letters).toHaveLength(expected);
  });

  it('loses the letters that a filter drops', async () => {
    expect(await service.drop(TENANT, { code: 'INTERNAL' })).toEqual({ dropped: 100 });
    const { counts: left } = await letters.counts(TENANT);
    expect(left.map(({ code }) => code).sort()).toEqual(['IMAGE_EMPTY', 'IMAGE_TOO_LARGE']);
    expect(await service.drop(TENANT, {})).toEqual({ dropped: 200 });
    expect(await redis.exists(deadLetterKeys.letters, deadLetterKeys.index(TENANT))).toBe(0);
  });
});

describe('a replay', () => {
  it('records the new outcome of refused and failed images, with exact counts', async () => {
    const payloads = ['a', 'b', 'c', 'd'].map((key) => embedJob(`${key}.jpg`));
    await ledger.claim('1', payloads.map(idOf));
    const broken = new Set(['a.jpg', 'b.jpg', 'c.jpg']);
    await producer.addBulk(payloads);
    work(({ image }) => (broken.has(image.key) ? deadError() : null));
    await waitUntil('outcomes', async () => (await counts()).refused === '3');
    await waitUntil('queue to be empty', async () => (await queue.getActiveCount()) === 0);
    expect(await counts()).toEqual({
      named: '1',
      faces: '1',
      refused: '3',
      'code:IMAGE_TOO_LARGE': '3',
    });
    broken.delete('a.jpg');
    broken.delete('b.jpg');
    expect(await service.replay(TENANT, { code: 'IMAGE_TOO_LARGE' })).toEqual({
      replayed: 3,
      busy: 0,
      notReplayable: 0,
    });
    await waitUntil('outcomes', async () => {
      const { named, refused } = await counts();
      return named === '3' && refused === '1';
    });
    expect(await counts()).toEqual({
      named: '3',
      faces: '3',
      refused: '1',
      failed: '0',
      'code:IMAGE_TOO_LARGE': '1',
    });
    expect(await listed()).toMatchObject([{ image: { key: 'c.jpg' }, replays: 1 }]);
  });

  it('can be repeated after a crash between the reset of the outcome and the new job', async () => {
    const payload = embedJob('opened.jpg');
    await ledger.claim('1', [idOf(payload)]);
    await die(payload);
    const [letter] = await listed();
    expect(await ledger.reopen(letter!)).toBe(true);
    // The replay crashed here. The counts are right, the letter still exists, and the replay can be repeated.
    expect(await counts()).toEqual({ refused: '0', failed: '1', 'code:IMAGE_TOO_LARGE': '1' });
    expect(await listed()).toEqual([{ ...letter, replays: 0 }]);
    expect(await service.replay(TENANT, {})).toMatchObject({ replayed: 1 });
    work(() => null);
    await waitUntil('outcome', async () => (await counts()).named === '1');
    expect(await counts()).toEqual({ refused: '0', failed: '0', named: '1', faces: '1' });
    expect(await listed()).toEqual([]);
  });

  describe('that crashed after the job was added', () => {
    const payload = embedJob('added.jpg');

    beforeEach(async () => {
      await ledger.claim('1', [idOf(payload)]);
      await die(payload);
      const remove = letters.remove.bind(letters);
      letters.remove = () => Promise.reject(new Error('it died here'));
      await expect(service.replay(TENANT, {})).rejects.toThrow('it died here');
      letters.remove = remove;
      expect(await listedKeys()).toEqual(['added.jpg']);
      expect(await producer.backlog()).toBe(1);
    });

    it('can be repeated without adding a second job', async () => {
      expect(await service.replay(TENANT, {})).toMatchObject({ replayed: 1 });
      expect(await producer.backlog()).toBe(1);
      expect(await listed()).toEqual([]);
    });

    it('leaves no letter when the job succeeds before the replay is repeated', async () => {
      work(() => null);
      await waitUntil('outcome', async () => (await counts()).named === '1');
      expect(await listed()).toEqual([]);
      expect(await service.replay(TENANT, {})).toMatchObject({ replayed: 0 });
    });

    it('keeps the new letter when the job fails again before the replay is repeated', async () => {
      work(() => deadError({ code: 'IMAGE_EMPTY' }));
      await waitUntil('outcome', async () => (await counts()).refused === '1');
      expect(await listed()).toMatchObject([{ code: 'IMAGE_EMPTY', replays: 1 }]);
      expect(await counts()).toEqual({ refused: '1', failed: '0', 'code:IMAGE_EMPTY': '1' });
    });
  });

  it('reports a job as busy while its worker is still finishing it, and replays it later', async () => {
    const payload = embedJob('ending.jpg');
    await ledger.claim('1', [idOf(payload)]);
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const worker = new ContractWorker<EmbedImagePayload, unknown>(
      embedImageContract,
      {
        handle: () => Promise.reject(deadError()),
        async giveUp(given, error) {
          await die(given, error);
          await held;
        },
      },
      { redis, name: 'embedder', stage: 'embed', config: QUEUE_CONFIG, concurrency: 1 },
    );
    workers.push(worker);
    worker.start();
    await producer.add(payload);
    await waitUntil('letter', async () => (await listed()).length === 1);
    expect(await service.replay(TENANT, {})).toEqual({ replayed: 0, busy: 1, notReplayable: 0 });
    expect(await listed()).toHaveLength(1);
    goOn();
    await waitUntil('its end', async () => (await queue.getActiveCount()) === 0);
    await worker.close();
    expect(await service.replay(TENANT, {})).toMatchObject({ replayed: 1 });
    expect(await producer.backlog()).toBe(1);
  });

  it('skips an image that another import has started again', async () => {
    const payload = embedJob('claimed.jpg');
    await ledger.claim('1', [idOf(payload)]);
    await die(payload, deadError({ class: 'retry' }));
    const [letter] = await listed();
    await ledger.claim('2', [idOf(payload)]);
    expect(await replayer.replay(letter!)).toBe('gone');
    expect(await producer.backlog()).toBe(0);
    expect(await ledger.claim('2', [idOf(payload)])).toEqual([{ state: 'pending' }]);
  });

  it('skips a letter that a newer failure has replaced since it was read', async () => {
    const payload = embedJob('again.jpg');
    await die(payload, deadError({ class: 'retry' }), Date.now() - 10);
    const [letter] = await listed();
    await die(payload, deadError({ class: 'retry', code: 'INTERNAL' }));
    expect(await replayer.replay(letter!)).toBe('gone');
    expect(await listed()).toMatchObject([{ code: 'INTERNAL' }]);
  });

  it('counts letters that cannot be replayed because their job was not kept whole', async () => {
    const source = { kind: 'camera', cameraId: 'c' } as const;
    const payload = embedJob('large.jpg', { source });
    const letter = imageLetter(payload);
    const job = { ...letter.job!, whole: false };
    await new DeadLetterWriter(redis, { most: 10, days: 1 }).put({ ...letter, job });
    expect(await service.replay(TENANT, {})).toEqual({ replayed: 0, busy: 0, notReplayable: 1 });
    expect(await listed()).toHaveLength(1);
  });

  it('by filter replays thousands of letters, each once', async () => {
    const payloads = Array.from({ length: 3_000 }, (_, i) => embedJob(`${i}.jpg`));
    await ledger.claim('1', payloads.map(idOf));
    for (const payload of payloads) await die(payload);
    expect(await service.replay(TENANT, { import: '1' })).toMatchObject({ replayed: 3_000 });
    expect(await producer.backlog()).toBe(3_000);
    expect(await listed()).toEqual([]);
    expect(await counts()).toMatchObject({ refused: '0', failed: '3000' });
  });
});
