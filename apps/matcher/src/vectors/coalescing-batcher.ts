interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects the items that arrive during a run and processes them as the next batch. There is no
 * waiting time: a single item is processed in the next turn of the event loop, and batches grow with
 * the load. When a run fails, all items of its batch fail.
 */
export class CoalescingBatcher<Item, Result> {
  private readonly waiting: Waiting<Item, Result>[] = [];
  private running = false;

  /**
   * @param run returns one result per item, in the order of the items
   * @param maxItems maximum number of items in one run
   */
  constructor(
    private readonly run: (items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly maxItems: number,
  ) {}

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.running) return;
      this.running = true;
      setImmediate(() => void this.drain());
    });
  }

  addAll(items: readonly Item[]): Promise<Result[]> {
    return Promise.all(items.map((item) => this.add(item)));
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, this.maxItems);
      try {
        const results = await this.run(batch.map(({ item }) => item));
        if (results.length !== batch.length) {
          throw new Error(`a batch of ${batch.length} items returned ${results.length} results`);
        }
        batch.forEach(({ resolve }, i) => resolve(results[i]!));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.running = false;
  }
}
