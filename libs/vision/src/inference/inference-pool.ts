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
  /** Milliseconds that inference threads spent on preparing pixels. */
  readonly prepareMs: number;
  /** Milliseconds that inference threads spent in the network. */
  readonly networkMs: number;
}

export interface PoolFacts {
  /** Number of live threads. */
  readonly threads: number;
  /** One entry per network; more if its threads run it on different devices. */
  readonly networks: readonly NetworkFacts[];
}

/** Order of waiting calls. The last stage goes first, so that images finish as fast as new ones start. */
const PRECEDENCE: Readonly<Record<NetworkRole, number>> = { embed: 0, landmarks: 1, detect: 2 };

interface Call {
  readonly request: Exclude<ThreadRequest, { kind: 'stop' }>;
  readonly resolve: (reply: RunReply | ProbeReply) => void;
  readonly reject: (error: unknown) => void;
}

/** Distributes calls over inference threads. */
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
      ({ networks, singleThread }) =>
        new ThreadGroup({ ...setup, networks }, singleThread ? 1 : size, timeoutMs, events),
    );
  }

  /**
   * Resolves once every thread has loaded its networks.
   * @param size number of threads; undefined: as many as suit the device
   * @param onStuck called when a thread cannot be ended; only a restart of the process frees its resources
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

  /** The runtimes and devices that run the networks. */
  get facts(): PoolFacts {
    const threads = this.groups.flatMap((group) => group.facts);
    const distinct = new Map(threads.flat().map((facts) => [JSON.stringify(facts), facts]));
    return { threads: threads.length, networks: [...distinct.values()] };
  }

  /** Resources that engines keep between runs, summed over live threads. */
  get held(): HeldResources {
    return sumHeld(this.groups.flatMap((group) => group.held));
  }

  /** Number of threads that can run a network. */
  threadsFor(role: NetworkRole): number {
    return this.groups.find((group) => group.runs(role))?.size ?? 0;
  }

  timesOf(role: NetworkRole): NetworkTimes {
    return this.times.get(role) ?? { prepareMs: 0, networkMs: 0 };
  }

  /** @throws PipelineError INFERENCE_* (retry) */
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

  /** Runs a network on one normalised input and returns all outputs unchanged. */
  async probe(role: NetworkRole, input: Float32Array): Promise<ProbeReply> {
    return (await this.call({ kind: 'probe', role, input })) as ProbeReply;
  }

  /** Ends the threads after the calls in progress. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.groups.map((group) => group.close()));
  }

  private call(request: Call['request']): Promise<RunReply | ProbeReply> {
    if (this.closed)
      return Promise.reject(
        inferenceError('INFERENCE_CRASHED', 'the inference pool is shutting down'),
      );
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
  // Without a handler: the process ends soon, or a user ends it.
}

/** Networks that are loaded into the same threads. */
interface NetworkGroup {
  readonly networks: readonly NetworkSetup[];
  /** Whether only one thread may load them. */
  readonly singleThread: boolean;
}

/**
 * Puts networks on TensorFlow's native library into one thread of their own: the library uses all cores
 * itself, and its binding (tfjs-node 4.22, tfjs_backend.cc) has a table that is not thread-safe.
 */
export function groupNetworks(networks: readonly NetworkSetup[]): readonly NetworkGroup[] {
  const native = networks.filter(isNativeTensorflow);
  const others = networks.filter((network) => !isNativeTensorflow(network));
  return [
    { networks: others, singleThread: false },
    { networks: native, singleThread: true },
  ].filter((group) => group.networks.length > 0);
}

function isNativeTensorflow({ artifact }: NetworkSetup): boolean {
  return artifact.format === 'tfjs' && artifact.runtime.backend === 'tensorflow';
}
