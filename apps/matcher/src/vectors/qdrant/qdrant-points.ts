import { z } from 'zod';
import { parseSighting, parseTemplate } from '../stored-records.js';
import {
  type Scored,
  type Sighting,
  type StoredTemplate,
  type Template,
} from '../vector-store.port.js';

const UUID = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/;
const HEX = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** Qdrant's ids are UUIDs: the same 128 bits as ours, so they sort alike. */
export function toPointId(id: string): string {
  return id.replace(HEX, '$1-$2-$3-$4-$5');
}

export function fromPointId(pointId: string): string {
  return pointId.replace(UUID, '$1$2$3$4$5');
}

/** What Qdrant answers with, as far as this store reads it. */
const pointSchema = z.object({
  id: z.string().transform(fromPointId),
  payload: z.record(z.string(), z.unknown()),
});
const storedPointSchema = pointSchema.extend({
  vector: z.array(z.number()).transform((numbers) => Float32Array.from(numbers)),
});
const scoredPointSchema = pointSchema.extend({ score: z.number() });

export interface Point {
  readonly id: string;
  readonly vector: number[];
  readonly payload: Record<string, unknown>;
}

/** What becomes a point: anything with an id and a vector. */
export interface PointRecord {
  readonly id: string;
  readonly vector: Float32Array;
}

/** The payload is the record without what Qdrant keeps itself. */
export function toPoint({ id, vector, ...payload }: PointRecord): Point {
  return { id: toPointId(id), vector: Array.from(vector), payload };
}

export function readTemplate(point: unknown): StoredTemplate {
  const { id, payload, vector } = storedPointSchema.parse(point);
  return { ...parseTemplate({ ...payload, id }), vector };
}

export function readScoredTemplate(point: unknown): Scored<Template> {
  const { id, payload, score } = scoredPointSchema.parse(point);
  return { item: parseTemplate({ ...payload, id }), score };
}

export function readSighting(point: unknown): Sighting {
  const { id, payload } = pointSchema.parse(point);
  // Forgetting a person removes the field.
  return parseSighting({ personId: null, ...payload, id });
}

export function readVector(point: unknown): [id: string, vector: Float32Array] {
  const { id, vector } = storedPointSchema.parse(point);
  return [id, vector];
}

export function readScoredSighting(point: unknown): Scored<Sighting> {
  return { item: readSighting(point), score: scoredPointSchema.parse(point).score };
}
