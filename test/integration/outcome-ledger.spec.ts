import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { imageId } from '#shared/contracts/image-ref.js';
import { EVENT_STREAM, importKeys } from '#shared/platform/ledger/keys.js';
import { OutcomeLedger, type FinishedImage } from '#shared/platform/ledger/outcome-ledger.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { matchEvent } from '../support/match-events.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { TEST_SPACE } from '../support/test-pack.js';

const FAILED = { code: 'MODEL_BUSY', message: 'try later' };

describe('OutcomeLedger', () => {
  let server: TestRedis;
  let redis: Redis;
  let ledger: OutcomeLedger;

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, 'test');
    ledger = new OutcomeLedger(redis);
  });

  beforeEach(async () => {
    await redis.flushall();
  });

  afterAll(async () => {
    await redis.quit();
    await server.stop();
  });

  const id = (key: string) =>
    imageId('default', { store: 'archive', key, version: '1' }, TEST_SPACE);

  function outcome(key: string, rest: Partial<FinishedImage> = {}): FinishedImage {
    return {
      imageId: id(key),
      tenant: 'default',
      key,
      outcome: 'unknown',
      faces: 1,
      events: [],
      ...rest,
    };
  }

  const counts = (owner: string) => redis.hgetall(importKeys.counts(owner));

  async function log(owner: string): Promise<unknown[]> {
    const entries = await redis.xrange(importKeys.log(owner), '-', '+');
    return entries.map(([, [, text]]) => JSON.parse(text!) as unknown);
  }

  describe('claim', () => {
    it('returns whether images are new or pending, in the order of the request', async () => {
      await ledger.claim('1', [id('a'), id('c')]);
      expect(await ledger.claim('1', [id('a'), id('b'), id('c')])).toEqual([
        { state: 'pending' },
        { state: 'new' },
        { state: 'pending' },
      ]);
      expect(await ledger.claim('1', [])).toEqual([]);
    });

    it('returns the outcome of an image, and whether it was counted for this import', async () => {
      await ledger.claim('1', [id('a')]);
      await ledger.finish(outcome('a', { outcome: 'refused', error: FAILED }));
      const done = { state: 'done', outcome: 'refused', code: 'MODEL_BUSY' };
      expect(await ledger.claim('1', [id('a')])).toEqual([{ ...done, mine: true }]);
      expect(await ledger.claim('2', [id('a')])).toEqual([{ ...done, mine: false }]);
      expect(await counts('2')).toEqual({});
    });

    it('claims a failed image again for another import, but not for the import in which it failed', async () => {
      await ledger.claim('1', [id('a')]);
      await ledger.finish(outcome('a', { outcome: 'failed', error: FAILED, faces: 0 }));
      expect(await ledger.claim('1', [id('a')])).toMatchObject([{ state: 'done', mine: true }]);
      expect(await ledger.claim('2', [id('a')])).toEqual([{ state: 'new' }]);
      await ledger.finish(outcome('a', { outcome: 'named' }));
      expect(await counts('1')).toEqual({ failed: '1', 'code:MODEL_BUSY': '1' });
      expect(await counts('2')).toEqual({ named: '1', faces: '1' });
    });

    it('claims a failed image again for a camera each time', async () => {
      for (let round = 0; round < 2; round++) {
        expect(await ledger.claim('', [id('a')])).toEqual([{ state: 'new' }]);
        await ledger.finish(outcome('a', { outcome: 'failed', error: FAILED, faces: 0 }));
      }
    });

    it('distinguishes ten thousand images', async () => {
      const ids = Array.from({ length: 10_000 }, (_, i) => id(`many-${i}`));
      const first = await ledger.claim('1', ids.slice(0, 5_000));
      expect(first.every(({ state }) => state === 'new')).toBe(true);
      const second = await ledger.claim('1', ids);
      expect(second.filter(({ state }) => state === 'new')).toHaveLength(5_000);
    });
  });

  describe('finish', () => {
    it('counts an image once for every import that waits for it', async () => {
      await ledger.claim('1', [id('a')]);
      await ledger.claim('2', [id('a')]);
      await ledger.claim('2', [id('a')]);
      expect(await ledger.finish(outcome('a', { outcome: 'named', faces: 3 }))).toBe(true);
      expect(await ledger.finish(outcome('a', { outcome: 'unknown', faces: 9 }))).toBe(false);
      const expected = { named: '1', faces: '3' };
      expect([await counts('1'), await counts('2')]).toEqual([expected, expected]);
    });

    it('distinguishes imports whose numbers start with the same digits', async () => {
      await ledger.claim('11', [id('a')]);
      await ledger.claim('1', [id('a')]);
      await ledger.finish(outcome('a'));
      expect(await counts('1')).toEqual({ unknown: '1', faces: '1' });
      expect(await counts('11')).toEqual({ unknown: '1', faces: '1' });
      expect(await ledger.claim('111', [id('a')])).toMatchObject([{ mine: false }]);
    });

    it('adds the events to the stream once, even if it is called several times concurrently', async () => {
      const events = [matchEvent('x'), matchEvent('y', { tenant: 'other' })];
      const done = await Promise.all(
        Array.from({ length: 10 }, () => ledger.finish(outcome('a', { events }))),
      );
      expect(done.filter(Boolean)).toHaveLength(1);
      const entries = await redis.xrange(EVENT_STREAM, '-', '+');
      expect(entries.map(([, fields]) => fields)).toEqual(
        events.map((event) => ['tenant', event.data.tenant, 'event', JSON.stringify(event)]),
      );
    });

    it('corrects the counts when a failed image gets another outcome later', async () => {
      await ledger.claim('1', [id('a')]);
      await ledger.finish(outcome('a', { outcome: 'failed', error: FAILED, faces: 0 }));
      await ledger.finish(outcome('a', { outcome: 'failed', error: FAILED, faces: 0 }));
      expect(await counts('1')).toEqual({ failed: '1', 'code:MODEL_BUSY': '1' });
      expect(await ledger.finish(outcome('a', { outcome: 'named', faces: 2 }))).toBe(true);
      expect(await counts('1')).toEqual({ failed: '0', named: '1', faces: '2' });
    });

    it('counts refused and failed images by their last error code', async () => {
      await ledger.claim('1', [id('a'), id('b'), id('c')]);
      const error = (code: string) => ({ error: { code, message: '' }, faces: 0 });
      await ledger.finish(outcome('a', { outcome: 'refused', ...error('IMAGE_EMPTY') }));
      await ledger.finish(outcome('b', { outcome: 'failed', ...error('IMAGE_EMPTY') }));
      await ledger.finish(outcome('c', { outcome: 'failed', ...error('INTERNAL') }));
      expect(await counts('1')).toEqual({
        refused: '1',
        failed: '2',
        'code:IMAGE_EMPTY': '2',
        'code:INTERNAL': '1',
      });
      await ledger.finish(outcome('b', { outcome: 'failed', ...error('INTERNAL') }));
      await ledger.finish(outcome('c', { outcome: 'refused', ...error('IMAGE_EMPTY') }));
      expect(await counts('1')).toEqual({
        refused: '2',
        failed: '1',
        'code:IMAGE_EMPTY': '2',
        'code:INTERNAL': '1',
      });
    });

    it('counts exactly with a limited number of fields for error codes', async () => {
      const images = Array.from({ length: 150 }, (_, i) => `code-${i}`);
      await ledger.claim('1', images.map(id));
      for (const [i, key] of images.entries()) {
        const error = { code: `CODE_${i}`, message: '' };
        await ledger.finish(outcome(key, { outcome: 'failed', error, faces: 0 }));
      }
      const problems = async () => {
        const fields = Object.entries(await counts('1'));
        return fields.filter(([name]) => name.startsWith('code:'));
      };
      expect((await problems()).length).toBeLessThanOrEqual(101);
      expect((await problems()).reduce((sum, [, count]) => sum + Number(count), 0)).toBe(150);
      for (const key of images)
        await ledger.finish(outcome(key, { outcome: 'faceless', faces: 0 }));
      expect(await problems()).toEqual([]);
    });

    it('does not create counts for an import whose counts have expired', async () => {
      await ledger.claim('1', [id('a')]);
      await ledger.finish(outcome('a', { outcome: 'failed', error: FAILED, faces: 0 }));
      await redis.del(importKeys.counts('1'), importKeys.log('1'));
      expect(await ledger.finish(outcome('a'))).toBe(true);
      expect(await redis.keys(`${importKeys.state('1')}:*`)).toEqual([]);
    });

    it('does not overwrite an outcome with a failure', async () => {
      await ledger.claim('1', [id('a')]);
      await ledger.finish(outcome('a', { outcome: 'named' }));
      expect(await ledger.finish(outcome('a', { outcome: 'failed', error: FAILED }))).toBe(false);
      expect(await counts('1')).toEqual({ named: '1', faces: '1' });
    });

    it('logs only images without a sighting, with the reason', async () => {
      await ledger.claim('1', [id('a'), id('b c\n"d".jpg'), id('e')]);
      await ledger.finish(outcome('a', { outcome: 'named' }));
      await ledger.finish(outcome('b c\n"d".jpg', { outcome: 'refused', error: FAILED, faces: 0 }));
      await ledger.finish(outcome('e', { outcome: 'faceless', faces: 0 }));
      expect(await log('1')).toEqual([
        { key: 'b c\n"d".jpg', outcome: 'refused', ...FAILED },
        { key: 'e', outcome: 'faceless' },
      ]);
    });

    it('logs the later outcome of a failed image', async () => {
      await ledger.claim('1', [id('a')]);
      await ledger.finish(outcome('a', { outcome: 'failed', error: FAILED, faces: 0 }));
      await ledger.finish(outcome('a', { outcome: 'named' }));
      expect(await log('1')).toEqual([
        { key: 'a', outcome: 'failed', ...FAILED },
        { key: 'a', outcome: 'named' },
      ]);
    });

    it('finishes a camera image without counting it for an import', async () => {
      await ledger.claim('', [id('a')]);
      expect(await ledger.finish(outcome('a', { outcome: 'faceless', faces: 0 }))).toBe(true);
      expect(await redis.keys('sightline:import:*')).toEqual([]);
    });

    it('finishes an image that nobody claimed', async () => {
      expect(await ledger.finish(outcome('a'))).toBe(true);
      expect(await ledger.claim('1', [id('a')])).toMatchObject([{ state: 'done', mine: false }]);
    });
  });

  describe('isFinished', () => {
    it.each([
      ['named', true],
      ['unknown', true],
      ['faceless', true],
      ['refused', true],
      ['failed', false],
    ] as const)('of a %s image is %s', async (result, finished) => {
      await ledger.claim('1', [id('a')]);
      expect(await ledger.isFinished(id('a'))).toBe(false);
      await ledger.finish(outcome('a', { outcome: result }));
      expect(await ledger.isFinished(id('a'))).toBe(finished);
    });
  });

  describe('release', () => {
    it('allows the job to be dropped when the last import is cancelled, and counts the image as cancelled', async () => {
      await ledger.claim('1', [id('a')]);
      await ledger.claim('2', [id('a')]);
      expect(await ledger.release('1', id('a'))).toBe(false);
      expect(await ledger.awaited('2', [id('a')])).toEqual([true]);
      expect(await ledger.awaited('1', [id('a')])).toEqual([false]);
      expect(await ledger.release('2', id('a'))).toBe(true);
      expect([await counts('1'), await counts('2')]).toEqual([
        { cancelled: '1' },
        { cancelled: '1' },
      ]);
      expect(await ledger.claim('3', [id('a')])).toEqual([{ state: 'new' }]);
    });

    it('keeps a job that a camera event also claimed, before or after the import', async () => {
      await ledger.claim('', [id('a')]);
      await ledger.claim('1', [id('a')]);
      await ledger.claim('1', [id('b')]);
      await ledger.claim('', [id('b')]);
      expect(await ledger.release('1', id('a'))).toBe(false);
      expect(await ledger.release('1', id('b'))).toBe(false);
      expect(await counts('1')).toEqual({ cancelled: '2' });
      expect(await ledger.claim('2', [id('a'), id('b')])).toEqual([
        { state: 'pending' },
        { state: 'pending' },
      ]);
    });

    it('keeps the job of a failed image, which may be a replay', async () => {
      await ledger.claim('1', [id('a')]);
      await ledger.finish(outcome('a', { outcome: 'failed', error: FAILED, faces: 0 }));
      expect(await ledger.release('1', id('a'))).toBe(false);
      expect(await counts('1')).toEqual({ failed: '1', 'code:MODEL_BUSY': '1' });
    });

    it('does not count images as cancelled that are done or that the import never claimed', async () => {
      await ledger.claim('1', [id('done'), id('other')]);
      await ledger.finish(outcome('done'));
      await ledger.release('1', id('done'));
      await ledger.release('2', id('other'));
      await ledger.release('1', id('absent'));
      expect(await counts('1')).toEqual({ unknown: '1', faces: '1' });
      expect(await counts('2')).toEqual({});
      expect(await ledger.awaited('1', [id('other')])).toEqual([true]);
    });
  });
});
