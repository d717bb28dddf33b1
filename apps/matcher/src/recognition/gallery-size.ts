interface CachedCount {
  readonly count: Promise<number>;
  /** Time of expiry, milliseconds since the epoch. */
  until: number;
}

/** Longest time that a count is cached, milliseconds. */
const MAX_AGE_MS = 10_000;

/**
 * Number of templates in each tenant's gallery, cached. A count of N is valid for N milliseconds.
 * Other matchers may enrol in that time, but below a thousand faces per second the gallery cannot
 * double.
 */
export class GallerySize {
  private readonly counts = new Map<string, CachedCount>();

  constructor(
    private readonly count: (tenant: string) => Promise<number>,
    private readonly now: () => number = Date.now,
  ) {}

  async of(tenant: string): Promise<number> {
    const cached = this.counts.get(tenant);
    if (cached && this.now() < cached.until) return cached.count;
    const fresh: CachedCount = { count: this.count(tenant), until: Infinity };
    this.counts.set(tenant, fresh);
    try {
      const count = await fresh.count;
      fresh.until = this.now() + Math.min(count, MAX_AGE_MS);
      return count;
    } catch (error) {
      fresh.until = 0;
      throw error;
    }
  }

  /**
   * Call it after this matcher enrolled a face. Deletions need no call: a count that is too high
   * only makes the threshold stricter.
   */
  enrolled(tenant: string): void {
    this.counts.delete(tenant);
  }
}
