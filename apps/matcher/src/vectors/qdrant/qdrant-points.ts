import { type Schemas } from '@qdrant/js-client-rest';
import { z } from 'zod';
import {
  parseSighting,
  parseTemplate,
  type Scored,
  type Sighting,
  type StoredTemplate,
  type Template,
  type SightingExpiry,
  type SightingFilter,
} from '../vector-store.port.js';

const UUID = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/;
const HEX = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** Qdrant's ids are UUIDs. They have the same 128 bits as our ids, so the order is the same. */
export function toPointId(id: string): string {
  return id.replace(HEX, '$1-$2-$3-$4-$5');
}

export function fromPointId(pointId: string): string {
  return pointId.replace(UUID, '$1$2$3$4$5');
}

/** The fields of Qdrant's points that this store reads. */
const pointSchema = z.object({
  id: z.string().transform(fromPointId),
  payload: z.record(z.string(), z.unknown()),
});
const storedPointSchema = pointSchema.extend({
  vector: z.array(z.number()).transform((numbers) => Float32Array.from(numbers)),
});
const scoredPointSchema = pointSchema.extend({ score: z.number() });

interface Point {
  readonly id: string;
  readonly vector: number[];
  readonly payload: Record<string, unknown>;
}

/** A record that can be stored as a point. */
export interface PointRecord {
  readonly id: string;
  readonly vector: Float32Array;
}

/** The payload is the record without its id and vector. */
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
  // The field does not exist after a person was deleted.
  return parseSighting({ personId: null, ...payload, id });
}

export function readVector(point: unknown): [id: string, vector: Float32Array] {
  const { id, vector } = storedPointSchema.parse(point);
  return [id, vector];
}

export function readScoredSighting(point: unknown): Scored<Sighting> {
  return { item: readSighting(point), score: scoredPointSchema.parse(point).score };
}

type Filter = Schemas['Filter'];
type Condition = Schemas['Condition'];

function equals(key: string, value: string) {
  return { key, match: { value } };
}

export function ofTenant(tenant: string): Filter {
  return { must: [equals('tenant', tenant)] };
}

export function ofPerson(tenant: string, personId: string): Filter {
  return { must: [equals('tenant', tenant), equals('personId', personId)] };
}

export function ofPeople(tenant: string, personIds: readonly string[]): Filter {
  return { must: [equals('tenant', tenant), { key: 'personId', match: { any: [...personIds] } }] };
}

export function ofPoints(tenant: string, ids: readonly string[]): Filter {
  return { must: [equals('tenant', tenant), { has_id: ids.map(toPointId) }] };
}

/** Conditions that the filters of `ofSightings` and `ofExpired` share. */
function originConditions(
  tenant: string,
  { store, cameraId }: Pick<SightingFilter, 'store' | 'cameraId'>,
): Condition[] {
  const must: Condition[] = [equals('tenant', tenant)];
  if (store !== undefined) must.push(equals('image.store', store));
  if (cameraId !== undefined) must.push(equals('cameraId', cameraId));
  return must;
}

export function ofSightings(tenant: string, filter: SightingFilter): Filter {
  const { personId, from, to } = filter;
  const must = originConditions(tenant, filter);
  if (personId === null) must.push({ is_empty: { key: 'personId' } });
  else if (personId !== undefined) must.push(equals('personId', personId));
  if (from === undefined && to === undefined) return { must };
  const range = { ...(from !== undefined && { gte: from }), ...(to !== undefined && { lte: to }) };
  return { must: [...must, { key: 'observedAt', range }] };
}

/** @param ids limits the filter to these points */
export function ofExpired(tenant: string, expiry: SightingExpiry, ids?: readonly string[]): Filter {
  const { ofCameras, decidedBefore } = expiry;
  const must = originConditions(tenant, expiry);
  if (ofCameras) must.push({ must_not: [{ is_empty: { key: 'cameraId' } }] });
  if (ids !== undefined) must.push({ has_id: ids.map(toPointId) });
  return { must: [...must, { key: 'decidedAt', range: { lt: decidedBefore } }] };
}

export function ofCohort(sha256: string): Filter {
  return { must: [equals('cohort', sha256)] };
}

/** @param sha256 null: all cohorts */
export function exceptCohort(sha256: string | null): Filter {
  return sha256 === null ? {} : { must_not: [equals('cohort', sha256)] };
}
