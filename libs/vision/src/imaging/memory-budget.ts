/**
 * Lets work run while its memory fits a budget, in order of arrival. Work larger than the whole
 * budget runs alone.
 */
export class MemoryBudget {
  private used = 0;
  private readonly waiting: { readonly bytes: number; readonly start: () => void }[] = [];

  constructor(private readonly bytes: number) {}

  async run<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const weight = Math.min(bytes, this.bytes);
    if (this.waiting.length > 0 || this.used + weight > this.bytes) {
      await new Promise<void>((start) => this.waiting.push({ bytes: weight, start }));
    } else {
      this.used += weight;
    }
    try {
      return await work();
    } finally {
      this.used -= weight;
      this.startWaiting();
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
