import { setTimeout as sleep } from 'node:timers/promises';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { type ProcessIdentity } from '#shared/platform/runtime/process-identity.js';
import { readinessSchema } from '../client/matcher-api.js';
import { Child, type ChildCommand, type LogFile } from './child.js';

/** A check that a service does not pass. */
interface FailingCheck {
  readonly name: string;
  readonly reason: string;
  /** It will not pass by waiting: a GPU that was asked for is missing, for example. */
  readonly lasting: boolean;
}

type Readiness =
  | { readonly state: 'ready' }
  | { readonly state: 'not-ready'; readonly failing: readonly FailingCheck[] }
  | { readonly state: 'no-answer'; readonly reason: string };

/** What a service says about itself at /health/ready. */
async function askReadiness(url: string): Promise<Readiness> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
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

function describeReadiness(readiness: Readiness): string {
  if (readiness.state === 'no-answer') return readiness.reason;
  if (readiness.state === 'ready') return 'ready';
  return readiness.failing.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const READY_TIMEOUT_MS = 180_000;
/** The matcher's, of the gallery's model space. */
const GALLERY_CHECK = 'gallery';
/** Longer than a service's own SHUTDOWN_TIMEOUT_MS. */
const STOP_PATIENCE_MS = 35_000;
const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;
/** A service that ran this long before it crashed starts its backoff anew. */
const STEADY_MS = 60_000;

interface ServiceOptions {
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
      await sleep(50);
    }
  }

  /** @throws PipelineError GALLERY_SPACE_MISMATCH: waiting does not mend it */
  private isGoodEnough(readiness: Readiness): boolean {
    if (readiness.state !== 'not-ready') return readiness.state === 'ready';
    const [problem, ...others] = readiness.failing;
    if (problem?.name !== GALLERY_CHECK || others.length > 0) return false;
    if (this.options.forRebuild) return true;
    throw usageError('GALLERY_SPACE_MISMATCH', problem.reason);
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
