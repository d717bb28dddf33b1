import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { identify, type ProcessIdentity } from '#shared/platform/runtime/process-identity.js';

const ROTATE_BYTES = 20 * 1024 * 1024;
const TAIL_BYTES = 8 * 1024;
const TAIL_LINES = 12;

export interface ChildCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Written to the child's standard input. */
  readonly input?: string;
}

/**
 * A child process that writes to a log file. It runs in its own process group, so that Ctrl-C in the
 * terminal reaches only the launcher, which then stops its children in order.
 */
export class Child {
  private constructor(
    private readonly process: ChildProcess,
    readonly identity: ProcessIdentity,
    /** Resolves when the process has ended, with its exit code or signal. */
    readonly exited: Promise<number | NodeJS.Signals>,
  ) {}

  /** @throws the error of the system (ENOENT, EACCES) if the program cannot be started */
  static async start(command: ChildCommand, log: LogFile): Promise<Child> {
    const descriptor = log.open();
    try {
      const child = spawn(command.program, command.args, {
        detached: true,
        env: command.env,
        stdio: ['pipe', descriptor, descriptor],
      });
      const exited = once(child, 'exit').then(
        ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
      );
      exited.catch(() => undefined);
      await once(child, 'spawn');
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(command.input ?? '');
      return new Child(child, identify(child.pid!), exited);
    } finally {
      closeSync(descriptor);
    }
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Sends SIGTERM, and SIGKILL if the process is still running after `timeoutMs`. */
  async stop(timeoutMs: number): Promise<void> {
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), timeoutMs);
    await this.exited;
    clearTimeout(timer);
  }
}

/** Log file of a child process. Restarts append to it; past 20 MiB it is renamed, and one old file is kept. */
export class LogFile {
  /** Offset in bytes at which the output of the current run begins. */
  private start = 0;

  constructor(readonly file: string) {}

  /** Opens the file for a new run. The caller closes the descriptor after it has started the child. */
  open(): number {
    mkdirSync(path.dirname(this.file), { recursive: true });
    if (this.size() > ROTATE_BYTES) renameSync(this.file, `${this.file}.1`);
    this.start = this.size();
    return openSync(this.file, 'a', 0o600);
  }

  /** The last lines that the current run wrote. */
  tail(): string {
    const size = this.size();
    const from = Math.max(this.start, size - TAIL_BYTES);
    const bytes = Buffer.alloc(Math.max(0, size - from));
    if (bytes.length === 0) return '';
    const descriptor = openSync(this.file, 'r');
    try {
      readSync(descriptor, bytes, 0, bytes.length, from);
    } finally {
      closeSync(descriptor);
    }
    return bytes.toString().trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  }

  private size(): number {
    return statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
  }
}
