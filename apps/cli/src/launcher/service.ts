import { setTimeout as sleep } from 'node:timers/promises';
import { cliError } from '../cli-error.js';
import { Child, type ChildCommand } from './child.js';
import { type LogFile } from './log-file.js';
import { type ProcessIdentity } from './process-identity.js';
import { askReadiness, describeReadiness, type FailingCheck, type Readiness } from './readiness.js';

const READY_TIMEOUT_MS = 180_000;
/** The matcher's, of the gallery's model space. */
const GALLERY_CHECK = 'gallery';
/** Longer than a service's own SHUTDOWN_TIMEOUT_MS. */
const STOP_PATIENCE_MS = 35_000;
const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;
/** A service that ran this long before it crashed starts its backoff anew. */
const STEADY_MS = 60_000;

export interface ServiceOptions {
  readonly name: string;
  readonly url: string;
  readonly command: ChildCommand;
  readonly log: LogFile;
  /** Told about crashes and restarts, in words. */
  readonly report: (message: string) => void;
  /** Told when the process has changed. */
  readonly changed: () => void;
  /** Started to embed the gallery again: that the gallery is of another space does not matter. */
  readonly forRebuild?: boolean;
}

/** One service as a child process: started, watched, started again when it crashes, stopped. */
export class Service {
  private child: Child | null = null;
  private readonly stopping = new AbortController();
  private crashes = 0;

  constructor(private readonly options: ServiceOptions) {}

  get identity(): ProcessIdentity | null {
    return this.child?.running ? this.child.identity : null;
  }

  /**
   * Resolves once the service is ready; from then on a crash is reported and mended.
   * @throws PipelineError SERVICE_FAILED with the end of its log, GALLERY_SPACE_MISMATCH
   */
  async start(): Promise<void> {
    const child = await this.spawn();
    await this.untilReady(child);
    void this.watch(child);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.child?.running) await this.child.stop(STOP_PATIENCE_MS);
  }

  private async spawn(): Promise<Child> {
    const child = await Child.start(this.options.command, this.options.log);
    this.child = child;
    this.options.changed();
    // A stop that came while the process was being created.
    if (this.isStopping()) await child.stop(STOP_PATIENCE_MS);
    return child;
  }

  private async untilReady(child: Child): Promise<void> {
    const { name, url, log } = this.options;
    const deadline = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      const readiness = await askReadiness(url);
      if (this.isGoodEnough(readiness) && child.running) return;
      if (!child.running) {
        throw cliError('SERVICE_FAILED', `${name} did not start; its log says:\n${log.tail()}`);
      }
      const lasting = lastingProblem(readiness);
      if (lasting) throw cliError('SERVICE_FAILED', `${name} cannot work: ${lasting.reason}`);
      if (Date.now() > deadline) {
        throw cliError(
          'SERVICE_FAILED',
          `${name} is not ready after ${READY_TIMEOUT_MS / 1_000} s (${describeReadiness(readiness)}); see ${log.file}`,
        );
      }
      await sleep(50);
    }
  }

  /** @throws PipelineError GALLERY_SPACE_MISMATCH: waiting does not mend it */
  private isGoodEnough(readiness: Readiness): boolean {
    if (readiness.state !== 'not-ready') return readiness.state === 'ready';
    const [problem, ...others] = readiness.failing;
    if (problem?.name !== GALLERY_CHECK || others.length > 0) return false;
    if (this.options.forRebuild) return true;
    throw cliError('GALLERY_SPACE_MISMATCH', problem.reason);
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async watch(first: Child): Promise<void> {
    let child = first;
    for (;;) {
      const begin = Date.now();
      const how = await child.exited;
      if (this.isStopping()) return;
      this.crashes = Date.now() - begin > STEADY_MS ? 1 : this.crashes + 1;
      const delay = Math.min(FIRST_RESTART_MS * 2 ** (this.crashes - 1), LONGEST_RESTART_MS);
      this.options.report(
        `${this.options.name} ended (${how}) and is started again in ${delay / 1_000} s; ` +
          `the end of ${this.options.log.file}:\n${this.options.log.tail()}`,
      );
      await sleep(delay, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.isStopping()) return;
      child = await this.spawn();
    }
  }
}

/** What is wrong and will not pass by waiting, but for the gallery: that can be mended while it runs. */
function lastingProblem(readiness: Readiness): FailingCheck | undefined {
  if (readiness.state !== 'not-ready') return undefined;
  return readiness.failing.find(({ name, lasting }) => lasting && name !== GALLERY_CHECK);
}
