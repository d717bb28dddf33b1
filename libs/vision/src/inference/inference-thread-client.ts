import { Worker } from 'node:worker_threads';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { setNativeDefault } from '#shared/platform/settings/load-config.js';
import { type HeldResources, inferenceError } from './engine.port.js';
import {
  type NetworkFacts,
  type NetworkRole,
  type ProbeReply,
  type RunReply,
  type ThreadMessage,
  type ThreadRequest,
  type ThreadSetup,
} from './inference-messages.js';

const THREAD = new URL('./inference.thread.js', import.meta.url);

interface Pending {
  readonly resolve: (reply: RunReply | ProbeReply) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One inference thread, as seen from the main thread. When it crashes or a call exceeds `timeoutMs`,
 * all its calls are rejected and it is not used again; the pool starts a new one.
 */
export class InferenceThreadClient {
  /** Resolves once the thread cannot be used any more, with the reason; null after `stop`. */
  readonly gone: Promise<Error | null>;
  /** Resolves once the operating system's thread has ended: never while native code hangs in it. */
  readonly exited: Promise<void>;
  /** What the networks actually run on; rejects when they cannot be loaded. */
  readonly facts: Promise<readonly NetworkFacts[]>;
  private readonly roles: ReadonlySet<NetworkRole>;
  private readonly worker: Worker;
  private readonly pending: Pending[] = [];
  private watchdog: NodeJS.Timeout | undefined;
  private stopping = false;
  private ended: PipelineError | undefined;
  private lastHeld: HeldResources = { sessions: 0, tensors: 0 };
  private settleFacts!: {
    resolve: (facts: readonly NetworkFacts[]) => void;
    reject: (error: Error) => void;
  };
  private settleGone!: (reason: Error | null) => void;

  constructor(
    setup: ThreadSetup,
    private readonly timeoutMs: number,
  ) {
    this.facts = new Promise((resolve, reject) => (this.settleFacts = { resolve, reject }));
    this.facts.catch(() => undefined);
    this.gone = new Promise((resolve) => (this.settleGone = resolve));
    this.roles = new Set(setup.networks.map(({ role }) => role));
    disableTelemetry();
    this.worker = new Worker(THREAD, { workerData: setup });
    this.exited = new Promise((resolve) => this.worker.once('exit', () => resolve()));
    this.worker.on('message', (message: ThreadMessage) => this.receive(message));
    this.worker.on('error', (error) => this.end(error));
    this.worker.on('messageerror', (error) => this.end(error));
    this.worker.on('exit', (code) =>
      this.end(this.stopping ? null : new Error(`inference thread exited with code ${code}`)),
    );
  }

  /** Number of calls without a reply. */
  get load(): number {
    return this.pending.length;
  }

  /** Resources that its engines kept after the last call. */
  get held(): HeldResources {
    return this.lastHeld;
  }

  runs(role: NetworkRole): boolean {
    return this.roles.has(role);
  }

  /** @throws PipelineError INFERENCE_FAILED, INFERENCE_CRASHED or INFERENCE_HUNG (retry) */
  async call(request: Exclude<ThreadRequest, { kind: 'stop' }>): Promise<RunReply | ProbeReply> {
    if (this.ended) throw this.ended;
    return new Promise((resolve, reject) => {
      this.pending.push({ resolve, reject });
      this.worker.postMessage(request);
      if (this.pending.length === 1) this.watch();
    });
  }

  /** Ends the thread after the calls in progress. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.worker.postMessage({ kind: 'stop' } satisfies ThreadRequest);
    await this.gone;
  }

  private receive(message: ThreadMessage): void {
    if (message.kind === 'unusable') {
      const { code, details } = message;
      const options = { stage: 'models', class: 'quarantine', httpStatus: 503, details } as const;
      this.end(new PipelineError(code, message.message, options));
      return;
    }
    if (message.kind !== 'failed') this.lastHeld = message.held;
    if (message.kind === 'ready') {
      this.settleFacts.resolve(message.networks);
      return;
    }
    const call = this.pending.shift();
    this.watch();
    if (message.kind === 'reply') call?.resolve(message.reply);
    else call?.reject(inferenceError('INFERENCE_FAILED', message.message));
  }

  private watch(): void {
    clearTimeout(this.watchdog);
    if (this.pending.length === 0) return;
    this.watchdog = setTimeout(() => {
      this.end(
        inferenceError('INFERENCE_HUNG', `the network did not answer within ${this.timeoutMs} ms`),
      );
      // A thread that hangs in native code does not end.
      void this.worker.terminate();
    }, this.timeoutMs);
  }

  private end(reason: Error | null): void {
    if (this.ended) return;
    clearTimeout(this.watchdog);
    this.ended =
      reason instanceof PipelineError
        ? reason
        : inferenceError(
            'INFERENCE_CRASHED',
            reason?.message ?? 'the inference thread was stopped',
          );
    this.settleFacts.reject(this.ended);
    for (const { reject } of this.pending.splice(0)) reject(this.ended);
    this.settleGone(reason);
  }
}

/**
 * Disables the telemetry of ONNX Runtime. Call it on the main thread before any thread loads the
 * runtime. Since 1.29 it reports every network that it loads to Microsoft, by name and hash, and stores
 * an id of the machine in the home folder (github.com/microsoft/onnxruntime/pull/27379), without asking.
 */
export function disableTelemetry(): void {
  setNativeDefault('ORT_DISABLE_TELEMETRY', '1');
}
