import { Logger } from '@nestjs/common';
import { type EngineFacts } from './engine.port.js';
import { inferenceError } from './inference-error.js';
import {
  type NetworkItem,
  type NetworkOutputs,
  type NetworkRole,
  type ProbeReply,
  type RunReply,
  type ThreadRequest,
  type ThreadSetup,
} from './inference-messages.js';
import { InferenceThreadClient } from './inference-thread-client.js';

export interface NetworkTimes {
  /** Milliseconds of inference threads spent on pixels. */
  readonly prepareMs: number;
  /** Milliseconds of inference threads spent in the network. */
  readonly networkMs: number;
}

interface Call {
  readonly request: Exclude<ThreadRequest, { kind: 'stop' }>;
  readonly resolve: (reply: RunReply | ProbeReply) => void;
  readonly reject: (error: unknown) => void;
}

/** What ends an image's way goes first, so that images leave as fast as they come. */
const PRECEDENCE: Readonly<Record<NetworkRole, number>> = { embed: 0, landmarks: 1, detect: 2 };
/** One call runs in a thread, one lies ready so that the thread never waits for the main thread. */
const CALLS_PER_THREAD = 2;
const RESTART_DELAY_MS = 500;

/** Inference threads, and the calls that wait for one. Threads that die are replaced. */
export class InferencePool {
  private readonly logger = new Logger(InferencePool.name);
  private threads: InferenceThreadClient[] = [];
  private readonly waiting: Call[] = [];
  private readonly times = new Map<NetworkRole, NetworkTimes>();
  private closed = false;
  private currentFacts!: EngineFacts;

  private constructor(
    private readonly setup: ThreadSetup,
    readonly size: number,
    private readonly timeoutMs: number,
  ) {}

  /** Resolves once every thread has loaded its networks. */
  static async open(setup: ThreadSetup, size: number, timeoutMs: number): Promise<InferencePool> {
    const pool = new InferencePool(setup, size, timeoutMs);
    const started = await Promise.allSettled(
      Array.from({ length: size }, () => pool.startThread()),
    );
    const failure = started.find((outcome) => outcome.status === 'rejected');
    if (!failure) return pool;
    await pool.close();
    throw failure.reason;
  }

  /** What the networks run on. @throws PipelineError INFERENCE_CRASHED while no thread is alive */
  get facts(): EngineFacts & { readonly threads: number } {
    if (this.threads.length === 0) {
      throw inferenceError('INFERENCE_CRASHED', 'no inference thread is alive');
    }
    return { ...this.currentFacts, threads: this.threads.length };
  }

  timesOf(role: NetworkRole): NetworkTimes {
    return this.times.get(role) ?? { prepareMs: 0, networkMs: 0 };
  }

  async run<Role extends NetworkRole>(
    role: Role,
    items: readonly NetworkItem[],
  ): Promise<readonly NetworkOutputs[Role][]> {
    const reply = (await this.call({ kind: 'run', role, items })) as RunReply;
    const { prepareMs, networkMs } = this.timesOf(role);
    this.times.set(role, {
      prepareMs: prepareMs + reply.prepareMs,
      networkMs: networkMs + reply.networkMs,
    });
    return reply.outputs as readonly NetworkOutputs[Role][];
  }

  /** Runs a network on one normalised input and gives its outputs as they are. */
  async probe(role: NetworkRole, input: Float32Array): Promise<ProbeReply> {
    return (await this.call({ kind: 'probe', role, input })) as ProbeReply;
  }

  /** Ends the threads after the calls they hold. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.threads.map((thread) => thread.stop()));
  }

  private call(request: Call['request']): Promise<RunReply | ProbeReply> {
    if (this.closed) return Promise.reject(inferenceError('INFERENCE_CRASHED', 'shutting down'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
      this.assign();
    });
  }

  private assign(): void {
    while (this.waiting.length > 0) {
      const thread = this.threads.reduce<InferenceThreadClient | undefined>(
        (best, candidate) => (best && best.load <= candidate.load ? best : candidate),
        undefined,
      );
      if (!thread || thread.load >= CALLS_PER_THREAD) return;
      const { request, resolve, reject } = this.takeNext();
      void thread
        .call(request)
        .then(resolve, reject)
        .finally(() => this.assign());
    }
  }

  private takeNext(): Call {
    let first = 0;
    for (const [index, { request }] of this.waiting.entries()) {
      if (PRECEDENCE[request.role] < PRECEDENCE[this.waiting[first]!.request.role]) first = index;
    }
    return this.waiting.splice(first, 1)[0]!;
  }

  private async startThread(): Promise<void> {
    const thread = new InferenceThreadClient(this.setup, this.timeoutMs);
    this.currentFacts = await thread.facts;
    this.threads.push(thread);
    void thread.gone.then((reason) => this.replace(thread, reason));
    this.assign();
  }

  private replace(thread: InferenceThreadClient, reason: Error | null): void {
    this.threads = this.threads.filter((other) => other !== thread);
    if (this.closed) return;
    this.logger.error(
      `an inference thread is gone: ${reason?.message ?? 'stopped'}; starting another`,
    );
    const restart = () => {
      if (this.closed) return;
      this.startThread().catch((error: unknown) => {
        this.logger.error(error);
        setTimeout(restart, RESTART_DELAY_MS);
      });
    };
    restart();
  }
}
