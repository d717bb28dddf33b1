import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { deadLetterId } from '#shared/contracts/image-ref.js';
import { PERSON_MATCHED, type MatchEvent } from '#shared/contracts/match-event.contract.js';
import { deadLetterKeys } from '#shared/platform/ledger/keys.js';
import { parseKeptLetter } from '#shared/platform/ledger/letter-limits.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { DeadLetterReplay } from '../../apps/ingest/src/dead-letters/dead-letter-replay.js';
import { DeadLetterRepository } from '../../apps/ingest/src/dead-letters/dead-letter-repository.js';
import { ingestConfigSchema } from '../../apps/ingest/src/ingest.config.js';
import { emit, matchEvent } from '../support/match-events.js';
import { makeMatcherFolders, startMatcher, type TestFolders } from '../support/start-matcher.js';
import { startReceiver, type Receiver } from '../support/start-receiver.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

const SECRET = 'c2lnaHRsaW5lLXRlc3Qtc2VjcmV0LW9mLTMyLWJ5dGVz';
const ADA = { personId: 'ada', name: 'Ada', score: 0.9 };

describe('webhooks', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  const receivers: Receiver[] = [];
  const matchers: { close(): Promise<void> }[] = [];
  let names = 0;

  beforeAll(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    redis = connectRedis(server.url, 'test');
  });

  afterEach(async () => {
    // Receivers are closed first, because a matcher waits for its requests in progress.
    await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
    await Promise.all(matchers.splice(0).map((matcher) => matcher.close()));
  });

  afterAll(async () => {
    await redis.quit();
    await server.stop();
    await folders.remove();
  });

  async function receive(answer: (attempt: number) => number | null = () => 200) {
    const receiver = await startReceiver(answer);
    receivers.push(receiver);
    return receiver;
  }

  /** Starts a matcher that posts to these receivers. Resolves when it has a consumer group for each of them. */
  async function deliverTo(
    hooks: Record<string, Receiver>,
    rest: Record<string, unknown> = {},
    timeoutMs = 300,
    settings: Record<string, string> = {},
  ) {
    const webhooks = Object.entries(hooks).map(([name, { url }]) => ({
      name,
      url,
      secret: `whsec_${SECRET}`,
      ...rest,
    }));
    const matcher = await startMatcher({
      ...folders.env,
      WEBHOOKS: JSON.stringify(webhooks),
      ALLOW_INTERNAL_ADDRESSES: '127.0.0.1',
      WEBHOOK_RETRY_MS: '20',
      WEBHOOK_ATTEMPTS: '5',
      WEBHOOK_TIMEOUT_MS: String(timeoutMs),
      ...settings,
    });
    matchers.push(matcher);
    await waitUntil('consumer groups', async () => {
      const groups = JSON.stringify(
        await redis.xinfo('GROUPS', 'sightline:events').catch(() => ''),
      );
      return Object.keys(hooks).every((name) => groups.includes(`webhook:${name}`));
    });
    return matcher;
  }

  const hookName = () => `hook-${++names}`;
  const keys = (receiver: Receiver) =>
    receiver.requests.map(({ body }) => (JSON.parse(body) as MatchEvent).data.image.key);

  it('post each event once, with a signature', async () => {
    const receiver = await receive();
    await deliverTo({ [hookName()]: receiver });
    const event = matchEvent('signed.jpg', { person: ADA });
    await emit(redis, event);
    await waitUntil('post', () => receiver.requests.length > 0);
    const { headers, body } = receiver.requests[0]!;
    expect(JSON.parse(body)).toEqual(event);
    expect(headers['content-type']).toContain('application/cloudevents+json');
    expect(headers['webhook-id']).toBe(event.id);
    expect(Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp']))).toBeLessThan(60);
    const signed = headers as Record<string, string>;
    expect(new Webhook(SECRET).verify(body, signed)).toEqual(event);
    expect(() => new Webhook(SECRET).verify(`${body} `, signed)).toThrow(WebhookVerificationError);
  });

  it.each([
    ['an error status', 503],
    ['a redirect', 302],
    ['a cut connection', null],
  ])('are retried after %s, with the same id', async (_, status) => {
    const receiver = await receive((attempt) => (attempt <= 2 ? status : 204));
    await deliverTo({ [hookName()]: receiver });
    await emit(redis, matchEvent(`again-${String(status)}.jpg`));
    await waitUntil('third attempt', () => receiver.requests.length >= 3);
    const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
  });

  it('show in health why they fail, and since when', async () => {
    let status = 403;
    const receiver = await receive(() => status);
    const [refused, forbidden] = [hookName(), hookName()];
    const { url } = await deliverTo(
      { [refused]: receiver, [forbidden]: { ...receiver, url: 'http://127.0.0.2:1/hook' } },
      {},
      300,
      { WEBHOOK_ATTEMPTS: '30' },
    );
    const ready = async () => {
      const response = await fetch(`${url}/health/ready`);
      const { checks } = (await response.json()) as { checks: { name: string }[] };
      const check = (name: string) => checks.find((each) => each.name === `webhook ${name}`);
      return { status: response.status, refused: check(refused), forbidden: check(forbidden) };
    };
    expect(await ready()).toMatchObject({ status: 200, refused: { ok: true } });
    expect((await ready()).refused).not.toHaveProperty('problem');
    await emit(redis, matchEvent('refused.jpg'));
    const failing = await waitUntil('both to fail', async () => {
      const now = await ready();
      return (
        now.refused &&
        now.forbidden &&
        'problem' in now.refused &&
        'problem' in now.forbidden &&
        now
      );
    });
    // An endpoint that fails is no reason to send the matcher no requests.
    expect(failing).toMatchObject({
      status: 200,
      refused: {
        ok: true,
        code: 'WEBHOOK_FAILED',
        problem: expect.stringMatching(/answered 403 \(since 20/),
      },
      forbidden: { ok: true, code: 'WEBHOOK_ADDRESS_FORBIDDEN' },
    });
    status = 200;
    await waitUntil('the delivery', async () => !('problem' in (await ready()).refused!));
  });

  it('stop sending an event after its last attempt, and deliver the next events', async () => {
    const receiver = await receive((attempt) => (attempt <= 5 ? 500 : 200));
    await deliverTo({ [hookName()]: receiver });
    await emit(redis, matchEvent('failing.jpg'));
    await waitUntil('attempts', () => receiver.requests.length === 5);
    await emit(redis, matchEvent('fine.jpg'));
    await waitUntil('next event', () => receiver.requests.length === 6);
    expect(keys(receiver)).toEqual([...Array<string>(5).fill('failing.jpg'), 'fine.jpg']);
  });

  it('store an event as a dead letter after its last attempt, and deliver it in a replay', async () => {
    const receiver = await receive((attempt) => (attempt <= 5 ? 500 : 200));
    const hook = hookName();
    await deliverTo({ [hook]: receiver });
    const event = matchEvent('replayed.jpg');
    await emit(redis, event);
    const id = deadLetterId(`deliver-webhook-${hook}`, `${hook}-${event.id}`);
    const text = await waitUntil('the letter', () => redis.hget(deadLetterKeys.letters, id));
    const letter = parseKeptLetter(text);
    expect(letter).toMatchObject({
      code: 'WEBHOOK_FAILED',
      stage: 'emit',
      tenant: 'default',
      attempts: 5,
      message: `webhook ${hook}: answered 500`,
      image: event.data.image,
    });
    expect(text).not.toContain(SECRET);
    const config = ingestConfigSchema.parse({ REDIS_URL: server.url, STORES: 'uploads=file:///x' });
    const letters = new DeadLetterRepository(redis, config);
    const replay = new DeadLetterReplay(redis, new OutcomeLedger(redis), letters);
    await waitUntil('the replay', async () => (await replay.replay(letter)) === 'replayed');
    await waitUntil('the delivery', () => receiver.requests.length === 6);
    await replay.onApplicationShutdown();
    expect(receiver.requests[5]!.headers['webhook-id']).toBe(event.id);
    expect(JSON.parse(receiver.requests[5]!.body)).toEqual(event);
    expect(await redis.hexists(deadLetterKeys.letters, id)).toBe(0);
  });

  it('deliver to one endpoint while another hangs', async () => {
    const hanging = await receive(() => null);
    hanging.hang();
    const fine = await receive();
    await deliverTo({ [hookName()]: hanging, [hookName()]: fine }, {}, 25_000);
    const events = Array.from({ length: 60 }, (_, i) => matchEvent(`busy-${i}.jpg`));
    await emit(redis, ...events);
    await waitUntil('all events', () => fine.requests.length === 60);
    expect(new Set(keys(fine)).size).toBe(60);
  });

  it('deliver events that were emitted while no matcher was running, each once', async () => {
    const receiver = await receive();
    const name = hookName();
    const first = await deliverTo({ [name]: receiver });
    await emit(redis, matchEvent('while-on.jpg'));
    await waitUntil('first event', () => receiver.requests.length === 1);
    await first.close();
    matchers.length = 0;
    await emit(redis, matchEvent('while-off-1.jpg'), matchEvent('while-off-2.jpg'));
    await deliverTo({ [name]: receiver });
    await emit(redis, matchEvent('back-on.jpg'));
    await waitUntil('all events', () => receiver.requests.length >= 4);
    expect(keys(receiver).sort()).toEqual([
      'back-on.jpg',
      'while-off-1.jpg',
      'while-off-2.jpg',
      'while-on.jpg',
    ]);
  });

  it('are shared between two matchers, which post each event once', async () => {
    const receiver = await receive();
    const name = hookName();
    await deliverTo({ [name]: receiver });
    const other = await makeMatcherFolders(server.url);
    const webhooks = [{ name, url: receiver.url, secret: `whsec_${SECRET}` }];
    matchers.push(
      await startMatcher({
        ...other.env,
        WEBHOOKS: JSON.stringify(webhooks),
        ALLOW_INTERNAL_ADDRESSES: '127.0.0.1',
      }),
    );
    const events = Array.from({ length: 250 }, (_, i) => matchEvent(`shared-${i}.jpg`));
    await emit(redis, ...events);
    await waitUntil('all events', () => new Set(keys(receiver)).size === 250);
    expect(receiver.requests).toHaveLength(250);
    await other.remove();
  });

  it('skip damaged entries of the stream and deliver the entries after them', async () => {
    const receiver = await receive();
    await deliverTo({ [hookName()]: receiver });
    await redis.xadd('sightline:events', '*', 'tenant', 'default', 'event', '{"specversion":"1.');
    await redis.xadd('sightline:events', '*', 'nothing', 'known');
    await emit(redis, matchEvent('after.jpg'));
    await waitUntil('the event after them', () => receiver.requests.length > 0);
    expect(keys(receiver)).toEqual(['after.jpg']);
  });

  it('do not post to an internal address that is not allowed', async () => {
    const receiver = await receive();
    await deliverTo({ [hookName()]: receiver }, {}, 300, { ALLOW_INTERNAL_ADDRESSES: '' });
    await emit(redis, matchEvent('inside.jpg'));
    const counts = deadLetterKeys.counts('default');
    await waitUntil('the delivery to fail permanently', () =>
      redis.hexists(counts, 'WEBHOOK_ADDRESS_FORBIDDEN emit'),
    );
    expect(receiver.requests).toEqual([]);
  });

  it('post only events of the configured tenant and types', async () => {
    const receiver = await receive();
    await deliverTo({ [hookName()]: receiver }, { tenant: 'others', types: [PERSON_MATCHED] });
    await emit(
      redis,
      matchEvent('default.jpg', { person: ADA }),
      matchEvent('unknown.jpg', { tenant: 'others' }),
      matchEvent('wanted.jpg', { tenant: 'others', person: ADA }),
    );
    await waitUntil('post', () => receiver.requests.length > 0);
    expect(keys(receiver)).toEqual(['wanted.jpg']);
  });
});
