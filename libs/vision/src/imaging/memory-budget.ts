/**
 * Runs work as long as the memory of everything that runs fits a budget. First come, first served.
 * Work that needs more than the whole budget runs alone.
 */
export class MemoryBudget {
  private used = 0;
  private readonly waiting: { readonly bytes: number; readonly start: () => void }[] = [];

  constructor(private readonly bytes: number) {}

  /**
   * @param work calls `keep` with a smaller number of bytes once it knows that it needs less
   * @param signal ends the wait; its reason is thrown
   */
  async run<T>(
    bytes: number,
    work: (keep: (bytes: number) => void) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    let weight = Math.min(bytes, this.bytes);
    if (this.waiting.length > 0 || this.used + weight > this.bytes) {
      await this.turn(weight, signal);
    } else {
      this.used += weight;
    }
    const keep = (kept: number) => {
      const less = Math.min(kept, weight);
      this.used -= weight - less;
      weight = less;
      this.startWaiting();
    };
    try {
      return await work(keep);
    } finally {
      keep(0);
    }
  }

  private turn(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const waiter = { bytes, start };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(signal!.reason as Error);
        // It may have been the first, and those behind it may need less.
        this.startWaiting();
      };
      this.waiting.push(waiter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  private startWaiting(): void {
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      if (this.used + next.bytes > this.bytes) return;
      this.waiting.shift();
      this.used += next.bytes;
      next.start();
    }
  }
}
