import { setTimeout as sleep } from 'node:timers/promises';
import { usageError, type PipelineError } from '#shared/contracts/pipeline-error.js';
import { type ProcessIdentity } from '#shared/platform/runtime/process-identity.js';
import { type Child } from './child.js';
import { type LogFile } from './log-file.js';

const FIRST_RESTART_DELAY_MS = 500;
const MAX_RESTART_DELAY_MS = 30_000;
/** After a run of this length, a crash is treated as the first one. */
const STABLE_RUN_MS = 60_000;
/** Number of starts in a row that may fail. With the delays between them this takes about a minute. */
const MAX_FAILED_STARTS = 8;

interface SupervisorOptions {
  readonly name: string;
  readonly log: LogFile;
  readonly stopTimeoutMs: number;
  /** Starts the process. */
  readonly spawn: () => Promise<Child>;
  /** Whether the current run has worked, as opposed to a start that failed. */
  readonly hasWorked: () => boolean;
  /** Gets a message for the user about each crash and restart. */
  readonly report: (message: string) => void;
  /** Called when there is another process. */
  readonly onProcessChange: () => void;
  /** Called when the start has failed too often. The process is not started again. */
  readonly onGivenUp: (error: PipelineError) => void;
}

/** Keeps one process running: restarts it after a crash, with growing delays. */
export class Supervisor {
  private child: Child | null = null;
  private readonly stopping = new AbortController();
  /** Crashes without a stable run in between. */
  private crashes = 0;
  private failedStarts = 0;

  constructor(private readonly options: SupervisorOptions) {}

  /** The current process, or null if none runs. */
  get identity(): ProcessIdentity | null {
    return this.child?.running ? this.child.identity : null;
  }

  get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Starts the process. It is not restarted before `keepRunning` is called. */
  async start(): Promise<Child> {
    const child = await this.options.spawn();
    this.child = child;
    this.options.onProcessChange();
    // stop() may have been called while the process was starting.
    if (this.isStopping) await child.stop(this.options.stopTimeoutMs);
    return child;
  }

  /** From now on the process is restarted when it ends. */
  keepRunning(): void {
    this.restartOnCrash().catch((error: unknown) => {
      const { name } = this.options;
      this.giveUp(`${name} cannot be started again: ${(error as Error).message}`, error);
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.child?.running) await this.child.stop(this.options.stopTimeoutMs);
  }

  private async restartOnCrash(): Promise<void> {
    const { name, log, report, hasWorked } = this.options;
    for (;;) {
      const startedAt = Date.now();
      const exit = await this.child!.exited;
      if (this.isStopping) return;
      const tail = `Last lines of ${log.file}:\n${log.tail()}`;
      this.failedStarts = hasWorked() ? 0 : this.failedStarts + 1;
      if (this.failedStarts >= MAX_FAILED_STARTS) {
        const times = `${name} failed to start ${MAX_FAILED_STARTS} times in a row (${exit})`;
        this.giveUp(`${times}. ${tail}`);
        return;
      }
      this.crashes = Date.now() - startedAt > STABLE_RUN_MS ? 1 : this.crashes + 1;
      const delay = Math.min(
        FIRST_RESTART_DELAY_MS * 2 ** (this.crashes - 1),
        MAX_RESTART_DELAY_MS,
      );
      report(`${name} ended (${exit}); restarting it in ${delay / 1_000} s. ${tail}`);
      try {
        await sleep(delay, undefined, { signal: this.stopping.signal });
      } catch {
        return;
      }
      await this.start();
    }
  }

  private giveUp(message: string, cause?: unknown): void {
    this.options.onGivenUp(usageError('SERVICE_FAILED', message, cause));
  }
}
