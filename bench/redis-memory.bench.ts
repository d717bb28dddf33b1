/**
 * npm run bench:redis-memory -- [--images N] [--events N] [--jobs N]
 *
 * The memory that Redis needs for an archive of N images, by kind of data. Fills a redis-server with generated images,
 * with the code of the product, and reads its memory use.
 */
import { parseArgs } from 'node:util';
import { EVENT_STREAM_LENGTH } from '#shared/platform/ledger/keys.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { startRedis } from '../test/support/start-redis.js';
import { measureRedisMemory } from './redis-memory/measure-redis-memory.js';
import { markdownTable } from './support/figures.js';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '1000000' },
    events: { type: 'string', default: String(EVENT_STREAM_LENGTH) },
    jobs: { type: 'string', default: '10000' },
  },
});
const server = await startRedis();
const redis = connectRedis(server.url, 'bench');
try {
  const parts = await measureRedisMemory(redis, {
    images: Number(values.images),
    events: Number(values.events),
    jobs: Number(values.jobs),
  });
  const rows = parts.map(({ kind, unit, count, bytes }) => [
    kind,
    `${count} ${unit}s`,
    (bytes / 2 ** 20).toFixed(1),
    (bytes / count).toFixed(0),
  ]);
  console.log(markdownTable(['data', 'count', 'MiB', 'bytes each'], rows, 2).join('\n'));
} finally {
  await redis.quit();
  await server.stop();
}
