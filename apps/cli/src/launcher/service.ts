import { setTimeout as sleep } from 'node:timers/promises';
import { readinessSchema } from '#shared/contracts/http/health.http.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { type ProcessIdentity } from '#shared/platform/runtime/process-identity.js';
import { Child, type ChildCommand, type LogFile } from './child.js';

const READY_TIMEOUT_MS = 180_000;
const READY_POLL_MS = 50;
const READY_REQUEST_TIMEOUT_MS = 5_000;
/** Longer than SHUTDOWN_TIMEOUT_MS of the services. */
const STOP_TIMEOUT_MS = 35_000;
const FIRST_RESTART_DELAY_MS = 500;
const MAX_RESTART_DELAY_MS = 30_000;
/** After a run of this length, a crash is treated as the first one. */
const STABLE_RUN_MS = 60_000;
/** The matcher's readiness check that the gallery is of the model space in use. */
const GALLERY_CHECK = 'gallery';

interface ServiceOptions {
  readonly name: string;
  readonly url: string;
  readonly command: ChildCommand;
  readonly log: LogFile;
  /** Gets a message for the user about each crash and restart. */
  readonly report: (message: string) => void;
  /** Called when the service has a new process. */
  readonly onProcessChange: () => void;
  /** True to rebuild the gallery: the service may start on a gallery of another model space. */
  readonly forRebuild?: boolean;
}

/** A service that runs as a child process and is restarted after a crash. */
export class Service {
  private child: Child | null = null;
  private readonly stopping = new AbortController();
  /** Crashes without a stable run in between. */
  private crashes = 0;

  constructor(private readonly options: ServiceOptions) {}

  /** The current process, or null if none runs. */
  get identity(): ProcessIdentity | null {
    return this.child?.running ? this.child.identity : null;
  }

  /**
   * Resolves when the service is ready. A later crash is reported, and the service is restarted.
   * @throws PipelineError SERVICE_FAILED with the last log lines, GALLERY_SPACE_MISMATCH
   */
  async start(): Promise<void> {
    const child = await this.spawn();
    await this.waitUntilReady(child);
    void this.restartOnCrash(child);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.child?.running) await this.child.stop(STOP_TIMEOUT_MS);
  }

  private async spawn(): Promise<Child> {
    const child = await Child.start(this.options.command, this.options.log);
    this.child = child;
    this.options.onProcessChange();
    // stop() may have been called while the process was starting.
    if (this.isStopping()) await child.stop(STOP_TIMEOUT_MS);
    return child;
  }

  private async waitUntilReady(child: Child): Promise<void> {
    const { name, url, log } = this.options;
    const deadline = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      const readiness = await readReadiness(url);
      if (this.isReadyEnough(readiness) && child.running) return;
      if (!child.running) {
        throw usageError('SERVICE_FAILED', `${name} did not start; its log says:\n${log.tail()}`);
      }
      const lasting = lastingProblem(readiness);
      if (lasting) throw usageError('SERVICE_FAILED', `${name} cannot work: ${lasting.reason}`);
      if (Date.now() > deadline) {
        throw usageError(
          'SERVICE_FAILED',
          `${name} is not ready after ${READY_TIMEOUT_MS / 1_000} s (${describeReadiness(readiness)}); see ${log.file}`,
        );
      }
      await sleep(READY_POLL_MS);
    }
  }

  /** @throws PipelineError GALLERY_SPACE_MISMATCH, because waiting does not fix it */
  private isReadyEnough(readiness: Readiness): boolean {
    if (readiness.state !== 'not-ready') return readiness.state === 'ready';
    const [problem, ...others] = readiness.failing;
    if (problem?.name !== GALLERY_CHECK || others.length > 0) return false;
    if (this.options.forRebuild) return true;
    throw usageError('GALLERY_SPACE_MISMATCH', problem.reason);
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async restartOnCrash(first: Child): Promise<void> {
    const { name, log, report } = this.options;
    let child = first;
    for (;;) {
      const startedAt = Date.now();
      const exit = await child.exited;
      if (this.isStopping()) return;
      this.crashes = Date.now() - startedAt > STABLE_RUN_MS ? 1 : this.crashes + 1;
      const delay = Math.min(
        FIRST_RESTART_DELAY_MS * 2 ** (this.crashes - 1),
        MAX_RESTART_DELAY_MS,
      );
      report(
        `${name} ended (${exit}); restarting it in ${delay / 1_000} s. ` +
          `Last lines of ${log.file}:\n${log.tail()}`,
      );
      await sleep(delay, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.isStopping()) return;
      child = await this.spawn();
    }
  }
}

type Readiness =
  | { readonly state: 'ready' }
  | { readonly state: 'not-ready'; readonly failing: readonly FailingCheck[] }
  | { readonly state: 'no-answer'; readonly reason: string };

interface FailingCheck {
  readonly name: string;
  readonly reason: string;
  /** Waiting does not fix it, for example because a requested GPU is missing. */
  readonly lasting: boolean;
}

async function readReadiness(url: string): Promise<Readiness> {
  try {
    const signal = AbortSignal.timeout(READY_REQUEST_TIMEOUT_MS);
    const response = await fetch(`${url}/health/ready`, { signal });
    if (response.ok) return { state: 'ready' };
    const text = await response.text();
    const answer = readinessSchema.safeParse(parseJson(text));
    if (!answer.success) return { state: 'no-answer', reason: text.slice(0, 500) };
    const failing = answer.data.checks.filter(({ ok }) => !ok);
    return {
      state: 'not-ready',
      failing: failing.map(({ name, reason = '', lasting = false }) => ({ name, reason, lasting })),
    };
  } catch (error) {
    return { state: 'no-answer', reason: (error as Error).message };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A gallery of another space is left out: it can be rebuilt while the service runs. */
function lastingProblem(readiness: Readiness): FailingCheck | undefined {
  if (readiness.state !== 'not-ready') return undefined;
  return readiness.failing.find(({ name, lasting }) => lasting && name !== GALLERY_CHECK);
}

function describeReadiness(readiness: Readiness): string {
  if (readiness.state === 'no-answer') return readiness.reason;
  if (readiness.state === 'ready') return 'ready';
  return readiness.failing.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
}
