import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIST } from '../support/start-app.js';
import { waitUntil } from '../support/wait-until.js';
import { type ServiceName } from './schedule.js';

const RESTART_MS = 100;
const STOP_MS = 40_000;
const LOG_LENGTH = 60_000;
const PRELOAD = pathToFileURL(path.join(DIST, 'test/chaos/killable-threads.preload.js')).href;

/** A service's process that is restarted on the same port when it exits, as an init system does. */
export class SupervisedService {
  readonly url: string;
  /** Exits without a kill: exit code or signal, and the last lines of the log. */
  readonly unexpectedExits: string[] = [];
  starts = 0;
  private child: ChildProcess | undefined;
  private killed: ChildProcess | undefined;
  private stopping = false;
  private log = '';

  constructor(
    readonly name: ServiceName,
    private readonly port: number,
    private readonly settings: Readonly<Record<string, string>>,
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.spawn();
  }

  get logTail(): string {
    return this.log;
  }

  async ready(): Promise<void> {
    await waitUntil(
      `${this.name} to be ready`,
      () =>
        fetch(`${this.url}/health/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
      60_000,
    );
  }

  async kill(): Promise<void> {
    const child = await this.running();
    const gone = new Promise((resolve) => child.once('exit', resolve));
    this.killed = child;
    child.kill('SIGKILL');
    await gone;
  }

  /** Terminates one of its threads as soon as there is one. */
  async killThread(pick: number): Promise<void> {
    await waitUntil(
      `a thread of ${this.name}`,
      async () => askToKill(await this.running(), pick),
      30_000,
      100,
    );
  }

  /** Sends SIGSTOP. @returns a function that sends SIGCONT if the process still exists */
  async pause(): Promise<() => void> {
    const child = await this.running();
    child.kill('SIGSTOP');
    return () => child.kill('SIGCONT');
  }

  /** Sends SIGTERM. @returns the exit code, null if the process had to be killed */
  async stop(): Promise<number | null> {
    this.stopping = true;
    const { child } = this;
    if (!child) return null;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(timer);
    return child.exitCode;
  }

  async end(): Promise<void> {
    this.stopping = true;
    if (this.child) await this.kill();
  }

  private running(): Promise<ChildProcess> {
    return waitUntil(`${this.name} to run`, () => this.child);
  }

  private spawn(): void {
    this.starts++;
    const main = path.join(DIST, `apps/${this.name}/src/main.js`);
    const child = spawn(process.execPath, ['--import', PRELOAD, main], {
      env: { PATH: process.env.PATH, ...this.settings, PORT: String(this.port) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    const collect = (chunk: Buffer) =>
      (this.log = (this.log + chunk.toString()).slice(-LOG_LENGTH));
    child.stdout!.on('data', collect);
    child.stderr!.on('data', collect);
    child.on('error', () => undefined);
    child.once('exit', (code, signal) => this.ended(child, String(code ?? signal)));
  }

  private ended(child: ChildProcess, how: string): void {
    this.child = undefined;
    if (this.stopping) return;
    if (child !== this.killed) this.unexpectedExits.push(`${how}: ${lastWords(this.log)}`);
    setTimeout(() => this.stopping || this.spawn(), RESTART_MS);
  }
}

function lastWords(log: string): string {
  return log.trimEnd().split('\n').slice(-2).join(' ').slice(-200);
}

/** @returns whether a thread was killed; false if there was none or the process exited first */
function askToKill(child: ChildProcess, pick: number): Promise<boolean> {
  return new Promise((resolve) => {
    const answered = ({ killed }: ThreadKilled) => settle(killed);
    const died = () => settle(false);
    const settle = (killed: boolean) => {
      child.off('message', answered).off('exit', died);
      resolve(killed);
    };
    child.on('message', answered).on('exit', died);
    child.send({ pick } satisfies KillThread, (error) => error && settle(false));
  });
}

/** Message from the parent to a service that runs with killable-threads.preload.ts. */
export interface KillThread {
  /** Chooses a thread: 0 to 1. */
  readonly pick: number;
}

export interface ThreadKilled {
  readonly killed: boolean;
}
