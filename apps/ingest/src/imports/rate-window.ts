interface Sample {
  readonly at: number;
  readonly count: number;
}

/** Images per second over the last while, from counts that only grow. */
export class RateWindow {
  private readonly samples: Sample[] = [];

  /** @param widthMs how far back it looks */
  constructor(private readonly widthMs: number) {}

  add(at: number, count: number): void {
    this.samples.push({ at, count });
    while (this.samples.length > 2 && at - this.samples[1]!.at >= this.widthMs) {
      this.samples.shift();
    }
  }

  /** Null before there is anything to measure. */
  get perSecond(): number | null {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.at === first.at) return null;
    return Math.max(0, ((last.count - first.count) * 1000) / (last.at - first.at));
  }
}
