import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../support/wait-until.js';

const RESTART_MS = 100;

/** A redis-server that is restarted with the same port and append-only file when it exits. */
export class RedisServer {
  private child: ChildProcess | undefined;
  private stopping = false;
  starts = 0;

  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async start(folder: string, port: number): Promise<RedisServer> {
    await mkdir(folder, { recursive: true });
    const server = new RedisServer(folder, port);
    server.spawn();
    return server;
  }

  async kill(): Promise<void> {
    const child = await waitUntil('redis-server to run', () => this.child);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.child) await this.kill();
  }

  private spawn(): void {
    this.starts++;
    const child = spawn(
      'redis-server',
      [
        '--port',
        String(this.port),
        '--bind',
        '127.0.0.1',
        '--dir',
        this.folder,
        '--appendonly',
        'yes',
        '--maxmemory-policy',
        'noeviction',
        '--save',
        '',
      ],
      { stdio: 'ignore' },
    );
    this.child = child;
    child.once('exit', () => {
      this.child = undefined;
      if (!this.stopping) void sleep(RESTART_MS).then(() => this.stopping || this.spawn());
    });
  }
}
