import { availableParallelism } from 'node:os';
import { DecoderProcess } from './decoder-process.js';

export interface DecoderProcessSettings {
  /** Maximum number of processes; undefined: one for two cores. */
  readonly decoders: number | undefined;
  /** Maximum CPU time for one image, milliseconds. */
  readonly decodeTimeoutMs: number;
}

export interface DecodeOptions {
  /** Goes before every image that is not urgent. */
  readonly urgent?: boolean | undefined;
  /** Ends the work, with its reason as the error. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiter {
  readonly urgent: boolean;
  readonly start: (process: DecoderProcess) => void;
}

/**
 * Processes for images whose cost is not known before they are decoded. Such images wait for each other and
 * never for more than a share of the cores, so that other images go on. An image that takes too long, or that
 * nobody waits for any more, ends its process. Processes are started when they are needed.
 */
export class DecoderProcesses {
  private readonly limit: number;
  private readonly processes = new Set<DecoderProcess>();
  private readonly free: DecoderProcess[] = [];
  private readonly waiting: Waiter[] = [];
  private busy = 0;

  constructor(private readonly settings: DecoderProcessSettings) {
    this.limit = settings.decoders ?? Math.max(1, availableParallelism() >> 1);
  }

  /**
   * Runs `work` with a process of its own.
   * @throws what `work` throws; the reason of `signal`
   */
  async run<T>(
    { urgent = false, signal }: DecodeOptions,
    work: (process: DecoderProcess) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const process = await this.take(urgent, signal);
    const abort = () => process.end();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      signal?.throwIfAborted();
      return await work(process);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.release(process);
    }
  }

  /** Ends all processes at once. Call it when nothing is decoded any more. */
  close(): void {
    for (const process of this.processes) process.end();
  }

  private async take(urgent: boolean, signal: AbortSignal | undefined): Promise<DecoderProcess> {
    if (this.busy < this.limit) {
      this.busy++;
      return this.freeOrNew();
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(signal!.reason as Error);
      };
      const start = (process: DecoderProcess) => {
        signal?.removeEventListener('abort', leave);
        resolve(process);
      };
      const waiter: Waiter = { urgent, start };
      const last = urgent ? this.waiting.findIndex((other) => !other.urgent) : -1;
      this.waiting.splice(last < 0 ? this.waiting.length : last, 0, waiter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  private release(process: DecoderProcess): void {
    if (process.usable) this.free.push(process);
    const next = this.waiting.shift();
    if (next) next.start(this.freeOrNew());
    else this.busy--;
  }

  private freeOrNew(): DecoderProcess {
    for (let free = this.free.pop(); free; free = this.free.pop()) if (free.usable) return free;
    const started: DecoderProcess = new DecoderProcess(this.settings.decodeTimeoutMs, () =>
      this.processes.delete(started),
    );
    this.processes.add(started);
    return started;
  }
}
