import { Logger } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { type HeldResources, inferenceError } from './engine.port.js';
import { type NetworkFacts, type NetworkRole, type ThreadSetup } from './inference-messages.js';
import { InferenceThreadClient } from './inference-thread-client.js';

/** One call runs in a thread, one lies ready so that the thread never waits for the main thread. */
const CALLS_PER_THREAD = 2;
/** Threads that feed one GPU unless told: each has copies of the networks in the GPU's memory. */
const GPU_THREADS = 4;
const RESTART_DELAY_MS = 500;
/** JavaScript ends within moments of being told to. What does not is native code that hangs. */
const STUCK_MS = 10_000;

export interface ThreadEvents {
  /** A thread can take calls again. */
  readonly onFree: () => void;
  /** A thread that was replaced has not ended: it keeps its memory, and perhaps a core, for good. */
  readonly onStuck: (error: PipelineError) => void;
}

/** Threads that hold the same networks. Those that die are replaced. */
export class ThreadGroup {
  private readonly logger = new Logger('inference');
  private readonly live = new Map<InferenceThreadClient, readonly NetworkFacts[]>();
  private readonly leftBehind = new Set<InferenceThreadClient>();
  private closed = false;
  private lastFailure = 'no inference thread is alive';

  /** @param count how many threads; without it as many as suit the device */
  constructor(
    private setup: ThreadSetup,
    private count: number | undefined,
    private readonly timeoutMs: number,
    private readonly events: ThreadEvents,
  ) {}

  /**
   * Resolves once every thread has loaded its networks. The first finds out what they run on, the others
   * must find the same: no thread works on the CPU beside others that work on a GPU.
   */
  async start(): Promise<void> {
    const facts = await this.startThread();
    const networks = this.setup.networks.map((network) => {
      const { device } = facts.find(({ role }) => role === network.role)!;
      return { ...network, device };
    });
    this.setup = { ...this.setup, networks };
    this.count ??= usualCount(facts);
    const others = Array.from({ length: this.count - 1 }, () => this.startThread());
    const failure = (await Promise.allSettled(others)).find(({ status }) => status === 'rejected');
    if (failure?.status === 'rejected') throw failure.reason;
  }

  /** Threads it has, or will have again. */
  get size(): number {
    return this.count ?? 1;
  }

  runs(role: NetworkRole): boolean {
    return this.setup.networks.some((network) => network.role === role);
  }

  /** The thread with the least to do, unless all have enough. */
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

  /** What each living thread runs its networks on. */
  get facts(): readonly (readonly NetworkFacts[])[] {
    return [...this.live.values()];
  }

  get held(): readonly HeldResources[] {
    return [...this.live.keys()].map(({ held }) => held);
  }

  /** Ends the threads after the calls they hold. Does not resolve while one hangs: nor could the process exit. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.live.keys()].map((thread) => thread.stop()));
    await Promise.all([...this.leftBehind].map((thread) => thread.exited));
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
    this.leaveBehind(thread);
    if (this.closed) return;
    this.lastFailure = reason?.message ?? 'stopped';
    this.logger.error(`an inference thread is gone: ${this.lastFailure}; starting another`);
    const restart = () => {
      if (this.closed) return;
      this.startThread().catch((error: unknown) => {
        this.lastFailure = error instanceof Error ? error.message : String(error);
        this.logger.error(error);
        setTimeout(restart, RESTART_DELAY_MS);
      });
    };
    restart();
  }

  private leaveBehind(thread: InferenceThreadClient): void {
    this.leftBehind.add(thread);
    const watchdog = setTimeout(() => {
      if (this.closed) return;
      const seconds = STUCK_MS / 1_000;
      const message = `an inference thread hangs in native code: it has not ended in ${seconds} s`;
      this.events.onStuck(inferenceError('INFERENCE_HUNG', message));
    }, STUCK_MS).unref();
    void thread.exited.then(() => {
      clearTimeout(watchdog);
      this.leftBehind.delete(thread);
    });
  }
}

function usualCount(facts: readonly NetworkFacts[]): number {
  const cores = availableParallelism();
  return facts.every(({ device }) => device === 'cpu') ? cores : Math.min(cores, GPU_THREADS);
}
