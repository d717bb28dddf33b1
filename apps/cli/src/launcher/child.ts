import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { once } from 'node:events';
import { type LogFile } from './log-file.js';
import { identify, type ProcessIdentity } from './process-identity.js';

export interface ChildCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Written to the child's standard input. */
  readonly input?: string;
}

/**
 * A child process that writes to a log file. It has a process group of its own, so that Ctrl-C at the
 * terminal reaches the launcher alone, which stops its children in order.
 */
export class Child {
  private constructor(
    private readonly process: ChildProcess,
    readonly identity: ProcessIdentity,
    /** Resolves when the process is gone, to its exit code or signal. */
    readonly exited: Promise<number | NodeJS.Signals>,
  ) {}

  /** @throws the system's error (ENOENT, EACCES) when the program cannot be started */
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

  /** SIGTERM, and SIGKILL when it has not ended after `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), patienceMs);
    await this.exited;
    clearTimeout(timer);
  }
}
