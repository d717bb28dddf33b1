import { Redis } from 'ioredis';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { Child, LogFile } from './child.js';

/** Redis loads its append-only file first, which takes time if the file is large. */
const READY_TIMEOUT_MS = 300_000;
const READY_POLL_MS = 25;
const PING_TIMEOUT_MS = 1_000;
const STOP_TIMEOUT_MS = 30_000;

interface RedisSettings {
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
 * Starts a redis-server with its data in DATA/redis. It listens on the loopback address only, has a new
 * password in each run, writes an append-only file and never evicts a key.
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
      // Redis reads its settings from standard input, so that no process list shows the password.
      args: ['-'],
      env: settings.env,
      input: redisConfig(settings.port, folder, password),
    },
    log,
  ).catch((error: unknown) => {
    throw usageError(
      'REDIS_MISSING',
      'cannot start redis-server; install it (sudo apt-get install redis-server) or set REDIS_URL ' +
        `to the URL of a running Redis (${(error as Error).message})`,
      error,
    );
  });
  const url = `redis://:${password}@127.0.0.1:${settings.port}`;
  try {
    await waitUntilReady(url, child, log);
  } catch (error) {
    await child.stop(STOP_TIMEOUT_MS);
    throw error;
  }
  return { url, child, stop: () => child.stop(STOP_TIMEOUT_MS) };
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

async function waitUntilReady(url: string, child: Child, log: LogFile): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => READY_POLL_MS });
  redis.on('error', () => undefined);
  const ping = async () => {
    const timeout = sleep(PING_TIMEOUT_MS, 'no answer', { ref: false });
    const answer = await Promise.race([redis.ping(), timeout]);
    if (answer !== 'PONG') throw new Error(answer);
  };
  try {
    await pRetry(ping, {
      retries: Infinity,
      factor: 1,
      minTimeout: READY_POLL_MS,
      maxRetryTime: READY_TIMEOUT_MS,
      shouldRetry: () => child.running,
    });
  } catch (error) {
    const message = `redis-server did not start; its log says:\n${log.tail()}`;
    throw usageError('REDIS_FAILED', message, error);
  } finally {
    redis.disconnect();
  }
}
