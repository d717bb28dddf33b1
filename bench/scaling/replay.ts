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

/** The first import of a recording is the warm-up, the second one is measured. */
const IMPORT = '2';

/** Sends the recorded commands to a new redis-server. @throws Error of onFreshRedis */
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
 * Starts a new redis-server and brings it to the state before the measured images.
 * @param replay sends the commands of the measured images
 * @throws Error if the final state is not that of the recorded run, because then the work was not the same
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
      throw new Error(`the replay finished ${done} of ${run.images} images`);
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
 * Execution time of the recorded commands in seconds, by label, from Redis' slow log. It does not include reading
 * commands and writing replies.
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
 * `flood`: sends as fast as possible, so Redis needs few reads and writes. This is the minimum cost.
 * `one-by-one`: each command waits for the reply to the previous one, so each needs its own read, write and wait. This
 * is the maximum cost.
 */
type ReplayPace = 'flood' | 'one-by-one';

export interface ReplayFigures {
  readonly seconds: number;
  readonly redis: RedisUsage;
}

const CHUNK = 256 * 1024;
const END = 'sightline-replay-end';

/** Sends recorded commands in order over one connection and measures the work of the server. */
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
 * Length in bytes of the RESP 2 reply at `from`.
 * @returns null if the reply is not complete
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
