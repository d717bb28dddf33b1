import { Redis } from 'ioredis';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { type PipelineError, usageError } from '#shared/contracts/pipeline-error.js';
import { type ProcessIdentity } from '#shared/platform/runtime/process-identity.js';
import { Child } from './child.js';
import { LogFile } from './log-file.js';
import { Ports, portTaken } from './ports.js';
import { Supervisor } from './supervisor.js';

const HOST = '127.0.0.1';
/** The first of the ports that are tried. */
const FIRST_PORT = 7004;
/** Redis loads its append-only file first, which takes time if the file is large. */
const READY_TIMEOUT_MS = 300_000;
const READY_POLL_MS = 25;
const ANSWER_TIMEOUT_MS = 1_000;
const STOP_TIMEOUT_MS = 30_000;
/** Exit code of a shell that does not find the program. */
const NOT_FOUND = 127;
/** Words of Redis and of the system about a port that is taken. */
const PORT_TAKEN = 'Address already in use';

/**
 * Runs redis-server so that it ends with this process, however this process ends: the kernel sends it SIGTERM.
 * The shell covers the moment before setpriv has asked for that: if this process has ended by then, the shell's
 * parent is another one.
 */
const BOUND_TO_LAUNCHER = {
  program: 'setpriv',
  args: [
    ...['--pdeathsig', 'TERM', '--', 'sh', '-c', '[ "$PPID" = "$0" ] && exec redis-server -'],
    String(process.pid),
  ],
};
/** Where there is no setpriv (it is part of util-linux). */
const UNBOUND = { program: 'redis-server', args: ['-'] };

interface RedisServerOptions {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Port that the user chose; undefined takes a free one. */
  readonly port: number | undefined;
  /** Gets a message for the user about each crash and restart. */
  readonly report: (message: string) => void;
  readonly onProcessChange: () => void;
  /** Called when Redis could not be restarted. */
  readonly onGivenUp: (error: PipelineError) => void;
}

/**
 * A redis-server with its data in DATA/redis, which is restarted on its append-only file after a crash. It listens
 * on the loopback address only, has a new password in each run of the launcher and never evicts a key.
 */
export class RedisServer {
  private readonly password = randomBytes(24).toString('hex');
  private readonly ports = new Ports(HOST);
  private readonly folder: string;
  private readonly log: LogFile;
  private readonly supervisor: Supervisor;
  private port = 0;
  /** Whether the current process has answered. */
  private answered = false;
  private started = false;

  constructor(private readonly options: RedisServerOptions) {
    const { dataDir, report, onProcessChange, onGivenUp } = options;
    this.folder = path.join(dataDir, 'redis');
    this.log = new LogFile(path.join(dataDir, 'logs', 'redis.log'), { report });
    this.supervisor = new Supervisor({
      name: 'redis-server',
      log: this.log,
      stopTimeoutMs: STOP_TIMEOUT_MS,
      spawn: () => this.spawnAgain(),
      hasWorked: () => this.answered,
      report,
      onProcessChange,
      onGivenUp,
    });
  }

  get url(): string {
    return `redis://:${this.password}@${HOST}:${this.port}`;
  }

  get identity(): ProcessIdentity | null {
    return this.supervisor.identity;
  }

  /**
   * Resolves when Redis answers. A later crash is reported, and Redis is restarted on the same port.
   * @throws PipelineError REDIS_MISSING, REDIS_FAILED, PORT_TAKEN
   */
  async start(): Promise<void> {
    const { port } = this.options;
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    for (;;) {
      this.port = port
        ? await this.ports.exactly(port, 'redis')
        : await this.ports.from(FIRST_PORT);
      const child = await this.supervisor.start();
      const error = await this.becomesReady(child);
      if (error === null) break;
      await child.stop(STOP_TIMEOUT_MS);
      if (!this.log.tail().includes(PORT_TAKEN)) throw error;
      // Another program took the port before Redis did.
      if (port) throw portTaken(port, 'redis');
    }
    this.started = true;
    this.supervisor.keepRunning();
  }

  stop(): Promise<void> {
    return this.supervisor.stop();
  }

  private async spawnAgain(): Promise<Child> {
    this.answered = false;
    const child = await this.spawn();
    if (this.started) void this.reportWhenReady(child);
    return child;
  }

  private async spawn(): Promise<Child> {
    const command = {
      env: this.options.env,
      // Redis reads its settings from standard input, so that no process list shows the password.
      input: redisConfig(this.port, this.folder, this.password),
    };
    try {
      return await Child.start({ ...BOUND_TO_LAUNCHER, ...command }, this.log).catch(() =>
        Child.start({ ...UNBOUND, ...command }, this.log),
      );
    } catch (error) {
      throw redisMissing((error as Error).message, error);
    }
  }

  private async reportWhenReady(child: Child): Promise<void> {
    if ((await this.becomesReady(child)) === null) {
      this.options.report('redis-server is running again with the data of its append-only file');
    }
  }

  /** @returns why it did not become ready, otherwise null */
  private async becomesReady(child: Child): Promise<PipelineError | null> {
    const { url, log } = this;
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => READY_POLL_MS });
    redis.on('error', () => undefined);
    const ask = async () => {
      const timeout = sleep(ANSWER_TIMEOUT_MS, 'no answer', { ref: false });
      const answer = await Promise.race([redis.info('server'), timeout]);
      // Another server on this port may accept any password.
      if (Number(/^process_id:(\d+)/m.exec(answer)?.[1]) !== child.identity.pid) {
        throw new Error(`another server answers on port ${this.port}`);
      }
    };
    try {
      await pRetry(ask, {
        retries: Infinity,
        factor: 1,
        minTimeout: READY_POLL_MS,
        maxRetryTime: READY_TIMEOUT_MS,
        shouldRetry: () => child.running,
      });
      this.answered = true;
      return null;
    } catch (error) {
      if (!child.running) await child.exited;
      if (child.exitCode === NOT_FOUND) return redisMissing(log.tail(), error);
      const message = `redis-server did not start; its log says:\n${log.tail()}`;
      return usageError('REDIS_FAILED', message, error);
    } finally {
      redis.disconnect();
    }
  }
}

function redisConfig(port: number, folder: string, password: string): string {
  return [
    `port ${port}`,
    `bind ${HOST}`,
    `dir ${JSON.stringify(folder)}`,
    `requirepass ${password}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    '',
  ].join('\n');
}

function redisMissing(reason: string, cause: unknown): PipelineError {
  return usageError(
    'REDIS_MISSING',
    'cannot start redis-server; install it (sudo apt-get install redis-server) or set REDIS_URL ' +
      `to the URL of a running Redis (${reason})`,
    cause,
  );
}
