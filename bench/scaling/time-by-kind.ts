import { type Redis } from 'ioredis';
import { z } from 'zod';
import { commandLabel } from '../../test/support/command-label.js';
import { type Recording } from './record-run.js';
import { replayCommands } from './replay-commands.js';
import { onFreshRedis } from './replay-recording.js';

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
