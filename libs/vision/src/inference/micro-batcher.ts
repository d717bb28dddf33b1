export interface MicroBatcherOptions {
  /** Maximum number of items in a batch. */
  readonly maxSize: number;
  /** Maximum time that the first item of a batch waits for others, milliseconds. */
  readonly maxWaitMs: number;
  /** Maximum number of batches that run at the same time. */
  readonly maxRunning: number;
  /** Called when a batch starts. @param waitedMs how long its first item has waited, milliseconds */
  readonly onBatch?: (items: number, waitedMs: number) => void;
}

interface Item<In, Out> {
  readonly input: In;
  readonly arrivedAt: number;
  readonly resolve: (output: Out) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatchCounters {
  readonly batches: number;
  readonly items: number;
}

/**
 * Collects single items into batches. A batch starts when it is full or its first item has waited for
 * `maxWaitMs`. A batch that fails is split into halves until the failing item is alone, so that the
 * other items get their results.
 */
export class MicroBatcher<In, Out> {
  private readonly waiting: Item<In, Out>[] = [];
  private running = 0;
  private timer: NodeJS.Timeout | undefined;
  private closing = false;
  private idle: (() => void)[] = [];
  private batches = 0;
  private items = 0;

  /** @param run returns one output per input, in order */
  constructor(
    private readonly run: (inputs: readonly In[]) => Promise<readonly Out[]>,
    private readonly options: MicroBatcherOptions,
  ) {}

  /** @param urgent goes before every item that is not urgent */
  add(input: In, urgent = false): Promise<Out> {
    if (this.closing) return Promise.reject(new Error('the batcher is closed'));
    return new Promise<Out>((resolve, reject) => {
      const item = { input, arrivedAt: performance.now(), resolve, reject };
      if (urgent) this.waiting.unshift(item);
      else this.waiting.push(item);
      this.pump();
    });
  }

  get counters(): BatchCounters {
    return { batches: this.batches, items: this.items };
  }

  /** Rejects new items, runs the waiting ones at once and resolves when all have their results. */
  async close(): Promise<void> {
    this.closing = true;
    this.pump();
    if (this.running > 0 || this.waiting.length > 0) {
      await new Promise<void>((resolve) => this.idle.push(resolve));
    }
  }

  private pump(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.waiting.length > 0 && this.running < this.options.maxRunning) {
      const dueIn = this.dueIn();
      if (dueIn > 0) {
        this.timer = setTimeout(() => this.pump(), dueIn);
        return;
      }
      void this.start(this.waiting.splice(0, this.options.maxSize));
    }
  }

  private dueIn(): number {
    if (this.closing || this.waiting.length >= this.options.maxSize) return 0;
    return Math.ceil(firstArrival(this.waiting) + this.options.maxWaitMs - performance.now());
  }

  private async start(batch: Item<In, Out>[]): Promise<void> {
    this.running++;
    this.options.onBatch?.(batch.length, performance.now() - firstArrival(batch));
    await this.settle(batch);
    this.running--;
    this.pump();
    if (this.running === 0 && this.waiting.length === 0) {
      for (const resolve of this.idle.splice(0)) resolve();
    }
  }

  private async settle(batch: readonly Item<In, Out>[]): Promise<void> {
    try {
      const outputs = await this.run(batch.map(({ input }) => input));
      this.batches++;
      this.items += batch.length;
      for (const [index, item] of batch.entries()) item.resolve(outputs[index]!);
    } catch (error) {
      if (batch.length === 1) {
        batch[0]!.reject(error);
        return;
      }
      const middle = batch.length >> 1;
      await this.settle(batch.slice(0, middle));
      await this.settle(batch.slice(middle));
    }
  }
}

/** Not always that of the first item: urgent items are put in front of earlier ones. */
function firstArrival(items: readonly { readonly arrivedAt: number }[]): number {
  return items.reduce((first, { arrivedAt }) => Math.min(first, arrivedAt), Infinity);
}
