import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { embeddedStore } from './embedded-store.js';
import { makeSighting, randomUnitVector } from './vector-records.js';

/**
 * Opens the embedded store in a folder and writes sightings until it is killed. A batch has BATCH sightings with
 * the same image id. Sends the number of acknowledged batches to its parent after each batch.
 */
const BATCH = 5;
const folder = process.argv[2]!;
const first = Number(process.argv[3]);

const store = embeddedStore(folder, 'crash@1+none', 64);
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
