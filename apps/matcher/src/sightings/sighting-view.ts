import { type Person } from '../people/person.js';
import { type Sighting } from '../vectors/vector-store.port.js';

/** A sighting as the API shows it: times as text, the person by name, no tenant. */
export function sightingView(sighting: Sighting, people: ReadonlyMap<string, Person>) {
  const { id, imageId, image, width, height, box, source, cameraId, observedAt } = sighting;
  const { detectionScore, quality, personId, score, metric, decidedAt } = sighting;
  return {
    ...{ id, imageId, image, width, height, box, source, cameraId },
    observedAt: observedAt === null ? null : new Date(observedAt).toISOString(),
    ...{ detectionScore, quality, personId },
    personName: personId === null ? null : (people.get(personId)?.name ?? null),
    ...{ score, metric },
    decidedAt: new Date(decidedAt).toISOString(),
  };
}
export type SightingView = ReturnType<typeof sightingView>;
