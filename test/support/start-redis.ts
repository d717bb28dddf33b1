import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';
import { waitUntil } from './wait-until.js';

export interface TestRedis {
  readonly url: string;
  readonly pid: number;
  /** Its append-only file lies there. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** A real redis-server on a free port, with the settings that the product runs it with. */
export async function startRedis(password = ''): Promise<TestRedis> {
  const port = await freePort();
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-redis-'));
  const server = spawn(
    'redis-server',
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--save', ''],
      ...['--requirepass', password],
    ],
    { stdio: 'ignore' },
  );
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = `redis://${password && `:${password}@`}127.0.0.1:${port}`;
  const probe = new Redis(url, { lazyConnect: true, retryStrategy: () => 50 });
  probe.on('error', () => undefined);
  await waitUntil('redis-server', () => probe.ping().catch(() => false));
  probe.disconnect();
  return {
    url,
    pid: server.pid!,
    folder,
    async stop() {
      server.kill('SIGTERM');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
