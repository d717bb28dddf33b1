import { Inject, Injectable } from '@nestjs/common';
import { CoalescingBatcher } from '../coalescing-batcher.js';
import { VECTOR_STORE } from '../tokens.js';
import { type StoredSighting, type VectorStore } from '../vectors/vector-store.port.js';

const MAX_BATCH = 256;

/** Records sightings; those of concurrent jobs go to the store together. */
@Injectable()
export class SightingWriter {
  private readonly writes: CoalescingBatcher<StoredSighting, undefined>;

  constructor(@Inject(VECTOR_STORE) store: VectorStore) {
    this.writes = new CoalescingBatcher(async (sightings) => {
      // A job that runs twice may bring the same face twice: the later one counts.
      const byId = new Map(sightings.map((sighting) => [sighting.id, sighting]));
      await store.upsertSightings([...byId.values()]);
      return sightings.map(() => undefined);
    }, MAX_BATCH);
  }

  async write(sightings: readonly StoredSighting[]): Promise<void> {
    await this.writes.addAll(sightings);
  }
}
