import { type Redis } from 'ioredis';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { importKeys } from '#shared/platform/ledger/keys.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { commandLabel } from '../../test/support/command-label.js';
import { startRedis } from '../../test/support/start-redis.js';
import { type RecordedCommand, type Recording } from './record-commands.js';
import { readRedisUsage, type RedisUsage, usageBetween } from './redis-usage.js';

export type Fsync = 'no' | 'everysec' | 'always';

/** The warm-up is the first import of a recording, what it is about the second. */
const IMPORT = '2';

/** Sends what was recorded to a fresh redis-server. @throws Error of onFreshRedis */
export function replayRecording(
  recording: Recording,
  pace: ReplayPace,
  fsync: Fsync,
): Promise<ReplayFigures> {
  return onFreshRedis(recording, async (redis, url) => {
    await redis.config('SET', 'appendfsync', fsync);
    return replayCommands(redis, url, recording.during, pace);
  });
}

/**
 * Brings a fresh redis-server to where the images began.
 * @param replay sends it what they took
 * @throws Error when it does not come to what the services came to: then it was not the same work
 */
async function onFreshRedis<T>(
  { before, run }: Recording,
  replay: (redis: Redis, url: string) => Promise<T>,
): Promise<T> {
  const server = await startRedis();
  const redis = connectRedis(server.url, 'replay');
  try {
    await replayCommands(redis, server.url, before, 'flood');
    const result = await replay(redis, server.url);
    const counts = await redis.hgetall(importKeys.counts(IMPORT));
    const done = ['named', 'unknown', 'faceless'].reduce(
      (n, key) => n + Number(counts[key] ?? 0),
      0,
    );
    if (done !== run.images || Number(counts.faces ?? 0) !== run.faces) {
      throw new Error(`the replay ended ${done} of ${run.images} images`);
    }
    return result;
  } finally {
    await redis.quit();
    await server.stop();
  }
}

const ALL = 2 ** 31 - 1;
const slowlogSchema = z.array(
  z.tuple([z.number(), z.number(), z.number(), z.array(z.string())]).rest(z.unknown()),
);

/**
 * Seconds that a recording's commands run in Redis by label, without reading them and writing answers: what
 * its slow log says when nothing is fast enough for it.
 */
export function timeByKind(recording: Recording): Promise<ReadonlyMap<string, number>> {
  return onFreshRedis(recording, async (redis, url) => {
    await redis.config('SET', 'slowlog-max-len', String(ALL));
    await redis.config('SET', 'slowlog-log-slower-than', '0');
    await redis.slowlog('RESET');
    await replayCommands(redis, url, recording.during, 'flood');
    await redis.config('SET', 'slowlog-log-slower-than', '-1');
    return readSlowlog(redis);
  });
}

async function readSlowlog(redis: Redis): Promise<ReadonlyMap<string, number>> {
  const seconds = new Map<string, number>();
  for (const [, , micros, words] of slowlogSchema.parse(await redis.slowlog('GET', ALL))) {
    const label = commandLabel(words);
    seconds.set(label, (seconds.get(label) ?? 0) + micros / 1e6);
  }
  return seconds;
}

/**
 * `flood`: as fast as the server takes them, in as few reads and writes as that makes; the least that they
 * can cost. `one-by-one`: each waits for the answer to the last, so each costs a read, a write and a wait
 * of its own; the most.
 */
type ReplayPace = 'flood' | 'one-by-one';

export interface ReplayFigures {
  readonly seconds: number;
  readonly redis: RedisUsage;
}

const CHUNK = 256 * 1024;
const END = 'sightline-replay-end';

/** Sends recorded commands over one connection, in their order, and reads what they take the server. */
async function replayCommands(
  redis: Redis,
  redisUrl: string,
  commands: readonly RecordedCommand[],
  pace: ReplayPace,
): Promise<ReplayFigures> {
  const { port, hostname } = new URL(redisUrl);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay();
  await once(socket, 'connect');
  try {
    const before = await readRedisUsage(redis);
    const start = performance.now();
    await (pace === 'flood' ? flood(socket, commands) : oneByOne(socket, commands));
    const seconds = (performance.now() - start) / 1000;
    return { seconds, redis: usageBetween(before, await readRedisUsage(redis)) };
  } finally {
    socket.destroy();
  }
}

async function flood(socket: Socket, commands: readonly RecordedCommand[]): Promise<void> {
  let tail = '';
  const answered = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString('latin1', Math.max(0, chunk.length - 64))).slice(-64);
      if (tail.includes(END)) resolve();
    });
  });
  let batch: Buffer[] = [];
  let size = 0;
  const send = async () => {
    if (!socket.write(Buffer.concat(batch))) await once(socket, 'drain');
    [batch, size] = [[], 0];
  };
  for (const { bytes } of commands) {
    batch.push(bytes);
    size += bytes.length;
    if (size > CHUNK) await send();
  }
  batch.push(Buffer.from(`ECHO ${END}\r\n`));
  await send();
  await answered;
}

async function oneByOne(socket: Socket, commands: readonly RecordedCommand[]): Promise<void> {
  for (const { bytes } of commands) {
    let answer: Buffer = Buffer.alloc(0);
    socket.write(bytes);
    while (replyLength(answer) === null) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
    }
  }
}

/**
 * Length of the reply at `from`, bytes, in RESP 2.
 * @returns null when it is not whole yet
 */
export function replyLength(bytes: Buffer, from = 0): number | null {
  let at = from;
  for (let left = 1; left > 0; left--) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return null;
    const kind = String.fromCharCode(bytes[at]!);
    const number = () => Number(bytes.toString('latin1', at + 1, end));
    if (kind === '*') left += Math.max(0, number());
    const body = kind === '$' ? number() : -1;
    at = end + 2 + (body < 0 ? 0 : body + 2);
    if (at > bytes.length) return null;
  }
  return at - from;
}
