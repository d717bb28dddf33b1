import { type Redis } from 'ioredis';
import { importKeys } from '#shared/platform/ledger/keys.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { startRedis } from '../../test/support/start-redis.js';
import { type Recording } from './record-run.js';
import { replayCommands, type ReplayFigures, type ReplayPace } from './replay-commands.js';

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
export async function onFreshRedis<T>(
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
