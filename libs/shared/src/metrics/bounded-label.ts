const OTHER = 'other';

/**
 * Values of a label whose number the outside decides: each is a series of its own in Prometheus, so the
 * first ones keep their names and those after them share one.
 */
export class BoundedLabel {
  private readonly known = new Set<string>();

  constructor(private most: number) {}

  limit(most: number): void {
    this.most = most;
  }

  of(value: string): string {
    if (this.known.has(value)) return value;
    if (this.known.size >= this.most) return OTHER;
    this.known.add(value);
    return value;
  }
}
