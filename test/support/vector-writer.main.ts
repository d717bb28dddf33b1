import { EmbeddedVectorStore } from '../../apps/matcher/src/vectors/embedded/embedded-vector-store.js';
import { makeSighting, randomUnitVector, seededRandom } from './vector-records.js';

/**
 * Opens the embedded store in FOLDER and writes sightings, BATCH at once and each with an image id
 * that its batch shares, until it is killed; says how many batches are acknowledged.
 */
const BATCH = 5;
const folder = process.argv[2]!;
const first = Number(process.argv[3]);

const store = new EmbeddedVectorStore({ folder, space: 'crash@1+none', dimension: 64 });
await store.open();
process.send?.(first);
const random = seededRandom(first);
for (let batch = first; ; batch++) {
  await store.upsertSightings(
    Array.from({ length: BATCH }, (_, i) =>
      makeSighting(`${batch}/${i}`, randomUnitVector(random, 64), { imageId: String(batch) }),
    ),
  );
  process.send?.(batch + 1);
}
