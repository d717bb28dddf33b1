import { Redis } from 'ioredis';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.js';
import { waitUntil } from './wait-until.js';

export interface TestRedis {
  readonly url: string;
  readonly pid: number;
  /** Sends SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again after a kill, on the same port and with the data of the append-only file. */
  restart(): Promise<void>;
  /** Folder of its append-only file. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts a real redis-server on a free port, with the settings that the product uses. */
export async function startRedis(password = '', at?: number): Promise<TestRedis> {
  const port = at ?? (await freePort());
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-redis-'));
  const url = `redis://${password && `:${password}@`}127.0.0.1:${port}`;
  let server = await startServer(port, folder, password);
  return {
    url,
    folder,
    get pid() {
      return server.pid!;
    },
    kill: () => end(server, 'SIGKILL'),
    async restart() {
      server = await startServer(port, folder, password);
    },
    async stop() {
      await end(server, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startServer(port: number, folder: string, password: string): Promise<ChildProcess> {
  const server = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--appendonly',
      'yes',
      '--maxmemory-policy',
      'noeviction',
      '--save',
      '',
      '--requirepass',
      password,
    ],
    { stdio: 'ignore' },
  );
  const probe = new Redis(port, '127.0.0.1', {
    password,
    lazyConnect: true,
    retryStrategy: () => 50,
  });
  probe.on('error', () => undefined);
  await waitUntil('redis-server', () => probe.ping().catch(() => false));
  probe.disconnect();
  return server;
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  server.kill(signal);
  await gone;
}
