interface Counted {
  readonly count: Promise<number>;
  /** When it is to be asked again, milliseconds. */
  until: number;
}

/** The longest that a count is taken to hold. Milliseconds. */
const LONGEST_MS = 10_000;

/**
 * How many templates each tenant's gallery has. A count of N holds for N milliseconds: other matchers
 * may enrol meanwhile, but at fewer than a thousand faces a second the gallery does not double.
 */
export class GallerySize {
  private readonly counted = new Map<string, Counted>();

  constructor(
    private readonly count: (tenant: string) => Promise<number>,
    private readonly now: () => number = Date.now,
  ) {}

  async of(tenant: string): Promise<number> {
    const known = this.counted.get(tenant);
    if (known && this.now() < known.until) return known.count;
    const counted: Counted = { count: this.count(tenant), until: Infinity };
    this.counted.set(tenant, counted);
    try {
      const count = await counted.count;
      counted.until = this.now() + Math.min(count, LONGEST_MS);
      return count;
    } catch (error) {
      counted.until = 0;
      throw error;
    }
  }

  /** This matcher has added templates. That some are gone need not be known at once: more is stricter. */
  enrolled(tenant: string): void {
    this.counted.delete(tenant);
  }
}
