import { sumHeld, type HeldResources, inferenceError } from './engine.port.js';
import {
  type NetworkSetup,
  type NetworkFacts,
  type NetworkItem,
  type NetworkOutputs,
  type NetworkRole,
  type ProbeReply,
  type RunReply,
  type ThreadRequest,
  type ThreadSetup,
} from './inference-messages.js';
import { type InferenceThreadClient } from './inference-thread-client.js';
import { ThreadGroup, type ThreadEvents } from './thread-group.js';

export interface NetworkTimes {
  /** Milliseconds of inference threads spent on pixels. */
  readonly prepareMs: number;
  /** Milliseconds of inference threads spent in the network. */
  readonly networkMs: number;
}

export interface PoolFacts {
  /** Threads that are alive. */
  readonly threads: number;
  /** Each network; twice if its threads differed in what they run it on. */
  readonly networks: readonly NetworkFacts[];
}

/** What ends an image's way goes first, so that images leave as fast as they come. */
const PRECEDENCE: Readonly<Record<NetworkRole, number>> = { embed: 0, landmarks: 1, detect: 2 };

interface Call {
  readonly request: Exclude<ThreadRequest, { kind: 'stop' }>;
  readonly resolve: (reply: RunReply | ProbeReply) => void;
  readonly reject: (error: unknown) => void;
}

/** Inference threads, and the calls that wait for one. */
export class InferencePool {
  private readonly groups: readonly ThreadGroup[];
  private readonly waiting: Call[] = [];
  private readonly times = new Map<NetworkRole, NetworkTimes>();
  private closed = false;

  private constructor(
    setup: ThreadSetup,
    size: number | undefined,
    timeoutMs: number,
    onStuck: ThreadEvents['onStuck'],
  ) {
    const events = { onFree: () => this.assign(), onStuck };
    this.groups = groupNetworks(setup.networks).map(
      ({ networks, alone }) =>
        new ThreadGroup({ ...setup, networks }, alone ? 1 : size, timeoutMs, events),
    );
  }

  /**
   * Resolves once every thread has loaded its networks.
   * @param size threads; without it as many as suit the device
   * @param onStuck called when a thread cannot be ended: only a new process gets rid of it
   * @throws PipelineError GPU_NOT_USED, TENSORFLOW_UNAVAILABLE or INFERENCE_CRASHED
   */
  static async open(
    setup: ThreadSetup,
    size: number | undefined,
    timeoutMs: number,
    onStuck: ThreadEvents['onStuck'] = ignore,
  ): Promise<InferencePool> {
    const pool = new InferencePool(setup, size, timeoutMs, onStuck);
    const started = await Promise.allSettled(pool.groups.map((group) => group.start()));
    const failure = started.find((outcome) => outcome.status === 'rejected');
    if (!failure) return pool;
    await pool.close();
    throw failure.reason;
  }

  /** @throws PipelineError INFERENCE_CRASHED while a network has no thread */
  check(): void {
    for (const group of this.groups) group.check();
  }

  /** What the networks run on. */
  get facts(): PoolFacts {
    const threads = this.groups.flatMap((group) => group.facts);
    const distinct = new Map(threads.flat().map((facts) => [JSON.stringify(facts), facts]));
    return { threads: threads.length, networks: [...distinct.values()] };
  }

  /** What engines keep between runs, in all threads that are alive. */
  get held(): HeldResources {
    return sumHeld(this.groups.flatMap((group) => group.held));
  }

  /** Threads that a network has. */
  threadsFor(role: NetworkRole): number {
    return this.groups.find((group) => group.runs(role))?.size ?? 0;
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
    await Promise.all(this.groups.map((group) => group.close()));
  }

  private call(request: Call['request']): Promise<RunReply | ProbeReply> {
    if (this.closed) return Promise.reject(inferenceError('INFERENCE_CRASHED', 'shutting down'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
      this.assign();
    });
  }

  private assign(): void {
    for (const group of this.groups) {
      let thread: InferenceThreadClient | undefined;
      while ((thread = group.freeThread())) {
        const call = this.takeNext(group);
        if (!call) break;
        void thread
          .call(call.request)
          .then(call.resolve, call.reject)
          .finally(() => this.assign());
      }
    }
  }

  private takeNext(group: ThreadGroup): Call | undefined {
    let first = -1;
    for (const [index, { request }] of this.waiting.entries()) {
      if (!group.runs(request.role)) continue;
      const best = this.waiting[first]?.request.role;
      if (best === undefined || PRECEDENCE[request.role] < PRECEDENCE[best]) first = index;
    }
    return first < 0 ? undefined : this.waiting.splice(first, 1)[0];
  }
}

function ignore(): void {
  // The process ends soon by itself, or somebody at a terminal ends it.
}

/** Networks that share threads. */
interface NetworkGroup {
  readonly networks: readonly NetworkSetup[];
  /** Whether only one thread may hold them. */
  readonly alone: boolean;
}

/**
 * TensorFlow's native library gets a thread of its own: it spreads over the
 * cores itself, and its binding (tfjs-node 4.22, tfjs_backend.cc) keeps a table that threads would
 * change at the same time.
 */
export function groupNetworks(networks: readonly NetworkSetup[]): readonly NetworkGroup[] {
  const native = networks.filter(isNativeTensorflow);
  const others = networks.filter((network) => !isNativeTensorflow(network));
  return [
    { networks: others, alone: false },
    { networks: native, alone: true },
  ].filter((group) => group.networks.length > 0);
}

function isNativeTensorflow({ artifact }: NetworkSetup): boolean {
  return artifact.format === 'tfjs' && artifact.runtime.backend === 'tensorflow';
}
