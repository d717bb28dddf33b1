import { describe, expect, it } from '@jest/globals';
import { count, type Batch } from './batches.js';
import { Listing } from './listing.js';

describe('Listing', () => {
  it('fills the queue to its high mark, and goes on at the low one', () => {
    const listing = new Listing([{ at: 0, images: 100_000 }]);
    const listed = [0, 4_000, 8_000, 9_000, 5_001, 5_000].map((queued, now) => {
      const archive: Batch[] = [];
      listing.list(now, archive, queued);
      return count(archive);
    });
    expect(listed).toEqual([4_000, 4_000, 2_000, 0, 0, 4_000]);
    expect(listing.left).toBe(86_000);
  });

  it('shares the room among imports', () => {
    const listing = new Listing([1, 2].map(() => ({ at: 0, images: 9_000 })));
    const archive: Batch[] = [];
    listing.list(0, archive, 4_000);
    expect(archive.map((batch) => [batch.owner, batch.count])).toEqual([
      [0, 3_000],
      [1, 3_000],
    ]);
  });
});
