import { Logger } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import pRetry from 'p-retry';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { type HeldResources, inferenceError } from './engine.port.js';
import { type NetworkFacts, type NetworkRole, type ThreadSetup } from './inference-messages.js';
import { InferenceThreadClient } from './inference-thread-client.js';

/** One call runs and one waits, so that the thread never waits for the main thread. */
const CALLS_PER_THREAD = 2;
/** Default number of threads for a GPU. Each has copies of the networks in GPU memory. */
const GPU_THREADS = 4;
const RESTART_DELAY_MS = 500;
/** JavaScript ends at once when it is terminated. A thread that takes longer hangs in native code. */
const STUCK_MS = 10_000;

export interface ThreadEvents {
  /** A thread can take another call. */
  readonly onFree: () => void;
  /** A replaced thread did not end: it keeps its memory, and perhaps a core, until the process ends. */
  readonly onStuck: (error: PipelineError) => void;
}

/** Threads with the same networks. A thread that ends unexpectedly is replaced. */
export class ThreadGroup {
  private readonly logger = new Logger('inference');
  private readonly live = new Map<InferenceThreadClient, readonly NetworkFacts[]>();
  private readonly ending = new Set<InferenceThreadClient>();
  private closed = false;
  private lastFailure = 'no inference thread is alive';

  /** @param count number of threads; undefined: as many as suit the device */
  constructor(
    private setup: ThreadSetup,
    private count: number | undefined,
    private readonly timeoutMs: number,
    private readonly events: ThreadEvents,
  ) {}

  /**
   * Resolves once every thread has loaded its networks. The first thread determines the device; the
   * others must use the same one, so that no thread runs on the CPU while others run on a GPU.
   */
  async start(): Promise<void> {
    const facts = await this.startThread();
    const networks = this.setup.networks.map((network) => {
      const { device } = facts.find(({ role }) => role === network.role)!;
      return { ...network, device };
    });
    this.setup = { ...this.setup, networks };
    this.count ??= defaultCount(facts);
    const others = Array.from({ length: this.count - 1 }, () => this.startThread());
    const failure = (await Promise.allSettled(others)).find(({ status }) => status === 'rejected');
    if (failure?.status === 'rejected') throw failure.reason;
  }

  /** Number of threads, including those that are being replaced. */
  get size(): number {
    return this.count ?? 1;
  }

  runs(role: NetworkRole): boolean {
    return this.setup.networks.some((network) => network.role === role);
  }

  /** The thread with the fewest calls; undefined when all are busy. */
  freeThread(): InferenceThreadClient | undefined {
    let free: InferenceThreadClient | undefined;
    for (const thread of this.live.keys()) {
      if (thread.load < (free?.load ?? CALLS_PER_THREAD)) free = thread;
    }
    return free;
  }

  /** @throws PipelineError INFERENCE_CRASHED while no thread is alive */
  check(): void {
    if (this.live.size === 0) throw inferenceError('INFERENCE_CRASHED', this.lastFailure);
  }

  /** The runtimes and devices of each live thread. */
  get facts(): readonly (readonly NetworkFacts[])[] {
    return [...this.live.values()];
  }

  get held(): readonly HeldResources[] {
    return [...this.live.keys()].map(({ held }) => held);
  }

  /** Ends the threads after the calls in progress. Does not resolve while a thread hangs; nor could the process exit. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.live.keys()].map((thread) => thread.stop()));
    await Promise.all([...this.ending].map((thread) => thread.exited));
  }

  private async startThread(): Promise<readonly NetworkFacts[]> {
    const thread = new InferenceThreadClient(this.setup, this.timeoutMs);
    const facts = await thread.facts;
    if (this.closed) {
      await thread.stop();
      return facts;
    }
    this.live.set(thread, facts);
    void thread.gone.then((reason) => this.replace(thread, reason));
    this.events.onFree();
    return facts;
  }

  private replace(thread: InferenceThreadClient, reason: Error | null): void {
    this.live.delete(thread);
    this.watchEnd(thread);
    if (this.closed) return;
    this.lastFailure = reason?.message ?? 'the inference thread was stopped';
    this.logger.error(`an inference thread ended: ${this.lastFailure}; starting another`);
    void this.restart();
  }

  /** Tries again until a thread has started or the group is closed. */
  private async restart(): Promise<void> {
    const start = async () => {
      if (!this.closed) await this.startThread();
    };
    await pRetry(start, {
      retries: Infinity,
      minTimeout: RESTART_DELAY_MS,
      factor: 1,
      shouldRetry: () => !this.closed,
      onFailedAttempt: ({ error }) => {
        this.lastFailure = error.message;
        this.logger.error(error);
      },
    }).catch(() => undefined);
  }

  private watchEnd(thread: InferenceThreadClient): void {
    this.ending.add(thread);
    const watchdog = setTimeout(() => {
      if (this.closed) return;
      const seconds = STUCK_MS / 1_000;
      const message = `an inference thread hangs in native code: it did not end within ${seconds} s`;
      this.events.onStuck(inferenceError('INFERENCE_HUNG', message));
    }, STUCK_MS).unref();
    void thread.exited.then(() => {
      clearTimeout(watchdog);
      this.ending.delete(thread);
    });
  }
}

function defaultCount(facts: readonly NetworkFacts[]): number {
  const cores = availableParallelism();
  return facts.every(({ device }) => device === 'cpu') ? cores : Math.min(cores, GPU_THREADS);
}
