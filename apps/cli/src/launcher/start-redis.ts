import { Redis } from 'ioredis';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { Child, LogFile } from './child.js';

/** A big append-only file takes a while to load. */
const READY_TIMEOUT_MS = 300_000;
const STOP_PATIENCE_MS = 30_000;

export interface RedisSettings {
  readonly dataDir: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
}

export interface RedisServer {
  readonly url: string;
  readonly child: Child;
  stop(): Promise<void>;
}

/**
 * Starts a redis-server of our own in DATA/redis: loopback only, with a password of this run, every
 * write in its append-only file, nothing ever evicted.
 * @throws PipelineError REDIS_MISSING or REDIS_FAILED
 */
export async function startRedis(settings: RedisSettings): Promise<RedisServer> {
  const folder = path.join(settings.dataDir, 'redis');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const password = randomBytes(24).toString('hex');
  const log = new LogFile(path.join(settings.dataDir, 'logs', 'redis.log'));
  const child = await Child.start(
    {
      program: 'redis-server',
      // The settings come on standard input, so that the password is in no process list.
      args: ['-'],
      env: settings.env,
      input: redisConfig(settings.port, folder, password),
    },
    log,
  ).catch((error: unknown) => {
    throw usageError(
      'REDIS_MISSING',
      'redis-server could not be started; install it (sudo apt-get install redis-server) or set ' +
        `REDIS_URL to a Redis of yours (${(error as Error).message})`,
      error,
    );
  });
  const url = `redis://:${password}@127.0.0.1:${settings.port}`;
  try {
    await untilReady(url, child, log);
  } catch (error) {
    await child.stop(STOP_PATIENCE_MS);
    throw error;
  }
  return { url, child, stop: () => child.stop(STOP_PATIENCE_MS) };
}

function redisConfig(port: number, folder: string, password: string): string {
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${JSON.stringify(folder)}`,
    `requirepass ${password}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    '',
  ].join('\n');
}

async function untilReady(url: string, child: Child, log: LogFile): Promise<void> {
  const probe = new Redis(url, { lazyConnect: true, retryStrategy: () => 50 });
  probe.on('error', () => undefined);
  const deadline = Date.now() + READY_TIMEOUT_MS;
  try {
    for (;;) {
      if (!child.running || Date.now() > deadline) {
        throw usageError(
          'REDIS_FAILED',
          `redis-server did not start; its log says:\n${log.tail()}`,
        );
      }
      const answer = await Promise.race([
        probe.ping().catch(() => null),
        sleep(1_000, null, { ref: false }),
      ]);
      if (answer === 'PONG') return;
      await sleep(25);
    }
  } finally {
    probe.disconnect();
  }
}
