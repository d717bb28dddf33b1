import { createHash } from 'node:crypto';
import {
  type Sighting,
  type StoredSighting,
  type StoredTemplate,
} from '../../apps/matcher/src/vectors/vector-store.port.js';

/** An id of 32 hexadecimal digits that depends only on `name`. */
export function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

/** A unit vector in a random direction. */
export function randomUnitVector(random: () => number, dimension: number): Float32Array {
  const vector = Float32Array.from({ length: dimension }, () => random() - 0.5);
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

export function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

/** A unit vector at `degrees` in the plane of the first two axes. */
export function vectorAt(degrees: number, dimension: number): Float32Array {
  const vector = new Float32Array(dimension);
  vector[0] = Math.cos((degrees * Math.PI) / 180);
  vector[1] = Math.sin((degrees * Math.PI) / 180);
  return vector;
}

export function makeTemplate(
  name: string,
  vector: Float32Array,
  fields: Partial<StoredTemplate> = {},
): StoredTemplate {
  return {
    id: idOf(`template ${name}`),
    tenant: 'acme',
    personId: 'ann',
    faceId: idOf(`face ${name}`),
    image: { store: 'uploads', key: `enrolments/${name}`, version: 'v1' },
    box: { x: 10.5, y: -2, width: 80, height: 96.25 },
    quality: 0.75,
    enrolledAt: 1_700_000_000_000,
    statistics: null,
    vector,
    ...fields,
  };
}

export function makeSighting(
  name: string,
  vector: Float32Array,
  fields: Partial<StoredSighting> = {},
): StoredSighting {
  return {
    id: idOf(`sighting ${name}`),
    tenant: 'acme',
    imageId: idOf(`image ${name}`),
    image: { store: 'archive', key: `${name}.jpg`, version: '"etag-1"' },
    width: 1920,
    height: 1080,
    incomplete: false,
    box: { x: 1, y: 2, width: 30.5, height: 40 },
    source: { kind: 'import', importId: 'import-1' },
    cameraId: null,
    observedAt: 1_700_000_000_000,
    detectionScore: 0.987,
    quality: 0.5,
    personId: null,
    score: null,
    metric: 'cosine',
    decidedAt: 1_700_000_100_000,
    vector,
    ...fields,
  };
}

/** A record as a store returns it: everything except the vector. */
export function withoutVector<T extends { vector: Float32Array }>(record: T): Omit<T, 'vector'> {
  const rest: Partial<T> = { ...record };
  delete rest.vector;
  return rest as Omit<T, 'vector'>;
}

export function ids(sightings: readonly Pick<Sighting, 'id'>[]): string[] {
  return sightings.map(({ id }) => id);
}
