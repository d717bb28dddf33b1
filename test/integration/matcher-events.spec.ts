import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { callApi } from '../support/call-api.js';
import { emit, matchEvent } from '../support/match-events.js';
import { EventReader } from '../support/read-events.js';
import { makeMatcherFolders, startMatcher, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

const ADA = { personId: 'ada', name: 'Ada', score: 0.9 };

describe('GET /v1/events', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  let matcher: Awaited<ReturnType<typeof startMatcher>>;
  const readers: EventReader[] = [];

  beforeAll(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    redis = connectRedis(server.url, 'test');
    matcher = await startMatcher({
      ...folders.env,
      API_KEYS: 'key-of-the-default:default,key-of-the-others:others,key-of-the-third:third',
      EVENT_STREAMS: '8',
      EVENT_STREAMS_PER_TENANT: '6',
    });
  });

  afterEach(async () => {
    await Promise.all(readers.splice(0).map((reader) => reader.close()));
  });

  afterAll(async () => {
    await matcher.close();
    await redis.quit();
    await server.stop();
    await folders.remove();
  });

  async function read(query = '', lastEventId?: string, key = 'key-of-the-default') {
    const reader = new EventReader(matcher.url, key);
    readers.push(reader);
    const response = await reader.open(query, lastEventId);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    await waitUntil('first frame', () => reader.lastEventId);
    return reader;
  }

  const keys = (reader: EventReader) => reader.events.map(({ event }) => event.data.image.key);
  const whenRead = (reader: EventReader, count: number) =>
    waitUntil(`${count} events`, () => reader.events.length >= count);

  it('sends all new events in order, with their ids of the Redis stream', async () => {
    await emit(redis, matchEvent('before.jpg'));
    const reader = await read();
    const ids = await emit(redis, matchEvent('1.jpg'), matchEvent('2.jpg', { person: ADA }));
    await whenRead(reader, 2);
    expect(keys(reader)).toEqual(['1.jpg', '2.jpg']);
    expect(reader.events.map(({ id }) => id)).toEqual(ids);
    expect(reader.events[1]!.event).toEqual(matchEvent('2.jpg', { person: ADA }));
  });

  it('continues after Last-Event-ID without missing an event', async () => {
    const first = await read();
    await emit(redis, matchEvent('seen.jpg'));
    await whenRead(first, 1);
    await first.close();
    const many = Array.from({ length: 350 }, (_, i) => matchEvent(`missed-${i}.jpg`));
    await emit(redis, ...many);
    const second = await read('', first.lastEventId);
    await whenRead(second, 350);
    expect(keys(second)).toEqual(many.map(({ data }) => data.image.key));
    const third = await read(`?lastEventId=${first.lastEventId}`);
    await whenRead(third, 350);
    expect(keys(third)).toEqual(keys(second));
  });

  it('goes on between two events of one millisecond, as two faces of one image have it', async () => {
    const at = Date.now() + 1_000;
    const faces = [0, 1, 2].map((x) =>
      matchEvent('faces.jpg', { box: { x: 50 * x, y: 0, width: 40, height: 50 } }),
    );
    const ids = faces.map((_, i) => `${at}-${i}`);
    for (const [i, event] of faces.entries()) {
      const fields = ['tenant', 'default', 'event', JSON.stringify(event)];
      await redis.xadd(EVENT_STREAM, ids[i]!, ...fields);
    }
    for (const [seen, id] of ids.entries()) {
      const reader = await read('', id);
      const [next] = await emit(redis, matchEvent(`after-${seen}.jpg`));
      await waitUntil('the newest event', () => reader.lastEventId === next);
      const sent = reader.events.filter(({ event }) => event.data.image.key === 'faces.jpg');
      expect(sent.map((one) => one.id)).toEqual(ids.slice(seen + 1));
      expect(sent.map(({ event }) => event.data.box.x)).toEqual(
        faces.slice(seen + 1).map(({ data }) => data.box.x),
      );
      await reader.close();
    }
  });

  it('refuses an invalid Last-Event-ID', async () => {
    const headers = { authorization: 'Bearer key-of-the-default', 'last-event-id': 'x; FLUSHALL' };
    expect(await callApi(matcher.url, 'GET', '/v1/events', undefined, headers)).toMatchObject({
      status: 400,
      body: { error: { code: 'LAST_EVENT_ID_INVALID' } },
    });
  });

  it('sends a tenant only its own events', async () => {
    const ours = await read();
    const theirs = await read('', undefined, 'key-of-the-others');
    await emit(redis, matchEvent('theirs.jpg', { tenant: 'others' }), matchEvent('ours.jpg'));
    await whenRead(ours, 1);
    await whenRead(theirs, 1);
    expect([keys(ours), keys(theirs)]).toEqual([['ours.jpg'], ['theirs.jpg']]);
    expect(await callApi(matcher.url, 'GET', '/v1/events')).toMatchObject({ status: 401 });
  });

  it.each([
    ['?type=io.sightline.face.matched.v1', ['ada.jpg']],
    ['?personId=ada', ['ada.jpg']],
    ['?cameraId=gate', ['gate.jpg']],
    ['?type=io.sightline.face.unknown.v1&cameraId=gate', ['gate.jpg']],
  ])('sends only the events that match %s, and skips the others', async (query, expected) => {
    const reader = await read(query);
    const ids = await emit(
      redis,
      matchEvent('other.jpg'),
      matchEvent('ada.jpg', { person: ADA }),
      matchEvent('gate.jpg', { source: { kind: 'camera', cameraId: 'gate' } }),
      matchEvent('last.jpg'),
    );
    await waitUntil('end of the stream', () => reader.lastEventId === ids.at(-1));
    expect(keys(reader)).toEqual(expected);
  });

  it('buffers no more than one page for a client that does not read', async () => {
    const sockets: Socket[] = [];
    const http = matcher.app.getHttpServer() as Server;
    http.on('connection', (socket: Socket) => sockets.push(socket));
    const idle = connect(Number(new URL(matcher.url).port), '127.0.0.1').pause();
    idle.write(
      'GET /v1/events?lastEventId=0-0 HTTP/1.1\r\nHost: x\r\n' +
        'Authorization: Bearer key-of-the-default\r\n\r\n',
    );
    const reader = await read();
    for (let round = 0; round < 10; round++) {
      const wide = `${round}-`.padEnd(1_000, 'x');
      await emit(redis, ...Array.from({ length: 500 }, (_, i) => matchEvent(`${wide}${i}`)));
    }
    await whenRead(reader, 5_000);
    // All 5,000 events of 2 kB each would take 10 MB.
    const kept = Math.max(...sockets.map(({ writableLength }) => writableLength));
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(1_000_000);
    idle.destroy();
  });

  it('ends the streams when the matcher stops', async () => {
    const other = await makeMatcherFolders(server.url);
    const second = await startMatcher(other.env);
    const reader = new EventReader(second.url);
    await reader.open();
    await second.close();
    await waitUntil('end', () => reader.ended);
    await other.remove();
  });

  it('has a limit per tenant and one in all, and room again when a stream ends', async () => {
    const open = async (key: string) => {
      const reader = new EventReader(matcher.url, key);
      readers.push(reader);
      const response = await reader.open();
      if (response.ok) await waitUntil('first frame', () => reader.lastEventId);
      return response;
    };
    // The matcher may not have noticed yet that the streams of earlier tests are closed.
    await waitUntil('a first stream', async () => (await open('key-of-the-default')).ok);
    const first = readers.at(-1)!;
    for (let i = 1; i < 6; i++) expect((await open('key-of-the-default')).status).toBe(200);
    for (const key of ['key-of-the-default', 'key-of-the-default']) {
      const refused = await open(key);
      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).toBe('10');
      expect(await refused.json()).toMatchObject({ error: { code: 'TOO_MANY_STREAMS' } });
    }
    for (let i = 0; i < 2; i++) expect((await open('key-of-the-others')).status).toBe(200);
    expect((await open('key-of-the-third')).status).toBe(429);
    await first.close();
    await waitUntil('room', async () => (await open('key-of-the-third')).ok);
  });
});
