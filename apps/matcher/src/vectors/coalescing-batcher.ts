interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs everything that piled up during the last run as one batch. There is no waiting time: a lone
 * item goes at the end of the event loop's turn, and batches grow by themselves under load.
 * A run that fails fails all items of its batch.
 */
export class CoalescingBatcher<Item, Result> {
  private readonly waiting: Waiting<Item, Result>[] = [];
  private running = false;

  /**
   * @param run gives one result per item, in order
   * @param maxItems most items of one run
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
          throw new Error(`${batch.length} items gave ${results.length} results`);
        }
        batch.forEach(({ resolve }, i) => resolve(results[i]!));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.running = false;
  }
}
