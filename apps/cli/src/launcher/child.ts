import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type LauncherMessage, launcherMessageSchema } from '#shared/contracts/launcher-message.js';
import { identify, type ProcessIdentity } from '#shared/platform/runtime/process-identity.js';
import { type LogFile } from './log-file.js';

export interface ChildCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Written to the child's standard input. */
  readonly input?: string;
  /**
   * Gets the messages of a service. The channel for them also tells the service when this process has ended,
   * however it ended.
   */
  readonly onMessage?: (message: LauncherMessage) => void;
}

/**
 * A child process that writes to a log file. It runs in its own process group, so that Ctrl-C in the
 * terminal reaches only the launcher, which then stops its children in order.
 */
export class Child {
  private constructor(
    private readonly process: ChildProcess,
    readonly identity: ProcessIdentity,
    /** Resolves when the process has ended and its output is in the log, with its exit code or signal. */
    readonly exited: Promise<number | NodeJS.Signals>,
  ) {}

  /** @throws the error of the system (ENOENT, EACCES) if the program cannot be started */
  static async start(command: ChildCommand, log: LogFile): Promise<Child> {
    const { onMessage } = command;
    const child = spawn(command.program, command.args, {
      detached: true,
      env: command.env,
      stdio: ['pipe', 'pipe', 'pipe', ...(onMessage ? (['ipc'] as const) : [])],
    });
    const exited = once(child, 'close').then(
      ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
    );
    exited.catch(() => undefined);
    log.beginRun();
    log.collect(child.stdout!);
    log.collect(child.stderr!);
    child.stdin!.on('error', () => undefined);
    child.stdin!.end(command.input ?? '');
    child.on('message', (message) => {
      const parsed = launcherMessageSchema.safeParse(message);
      if (parsed.success) onMessage?.(parsed.data);
    });
    await once(child, 'spawn');
    child.on('error', () => undefined);
    return new Child(child, identify(child.pid!), exited);
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  get exitCode(): number | null {
    return this.process.exitCode;
  }

  /** Sends SIGTERM, and SIGKILL if the process is still running after `timeoutMs`. */
  async stop(timeoutMs: number): Promise<void> {
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), timeoutMs);
    await this.exited;
    clearTimeout(timer);
  }
}
