import { count, type Batch } from './batches.js';
import { type Import } from './bursty-day.js';
import { HIGH_WATER, LISTED_PER_SECOND, LOW_WATER } from './installation.js';

/** Ingest: puts the images of imports on the queue between its two marks. */
export class Listing {
  private open = true;
  private unlisted: Batch[] = [];

  constructor(private readonly imports: readonly Import[]) {}

  /** @param queued images on the queue, live ones among them */
  list(now: number, archive: Batch[], queued: number): void {
    for (const [owner, { at, images }] of this.imports.entries()) {
      if (at === now) this.unlisted.push({ since: now, owner, count: images });
    }
    this.open = queued <= LOW_WATER || (this.open && queued < HIGH_WATER);
    if (!this.open) return;
    // Imports share: each has a runner.
    const share = Math.ceil((HIGH_WATER - queued) / Math.max(1, this.unlisted.length));
    for (const batch of this.unlisted) {
      const listed = Math.min(LISTED_PER_SECOND, share, batch.count);
      batch.count -= listed;
      queued += listed;
      archive.push({ ...batch, since: now, count: listed });
    }
    // Before the next second takes any: what was full is closed until it is low.
    this.open = queued < HIGH_WATER;
    this.unlisted = this.unlisted.filter((batch) => batch.count > 0);
  }

  get left(): number {
    return count(this.unlisted);
  }
}
