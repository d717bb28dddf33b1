/**
 * Runs work as long as the memory of everything that runs fits a budget. First come, first served.
 * Work that needs more than the whole budget runs alone.
 */
export class MemoryBudget {
  private used = 0;
  private readonly waiting: { readonly bytes: number; readonly start: () => void }[] = [];

  constructor(private readonly bytes: number) {}

  /** @param work calls `keep` with a smaller number of bytes once it knows that it needs less */
  async run<T>(bytes: number, work: (keep: (bytes: number) => void) => Promise<T>): Promise<T> {
    let weight = Math.min(bytes, this.bytes);
    if (this.waiting.length > 0 || this.used + weight > this.bytes) {
      await new Promise<void>((start) => this.waiting.push({ bytes: weight, start }));
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

  private startWaiting(): void {
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      if (this.used + next.bytes > this.bytes) return;
      this.waiting.shift();
      this.used += next.bytes;
      next.start();
    }
  }
}
