import { type Schemas } from '@qdrant/js-client-rest';
import { toPointId } from './qdrant-points.js';
import { type SightingExpiry, type SightingFilter } from '../vector-store.port.js';

type Filter = Schemas['Filter'];
type Condition = Schemas['Condition'];

function equals(key: string, value: string) {
  return { key, match: { value } };
}

/** Every request is bound to a tenant. */
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

function seenAt(
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
  const must = seenAt(tenant, filter);
  if (personId === null) must.push({ is_empty: { key: 'personId' } });
  else if (personId !== undefined) must.push(equals('personId', personId));
  if (from === undefined && to === undefined) return { must };
  const range = { ...(from !== undefined && { gte: from }), ...(to !== undefined && { lte: to }) };
  return { must: [...must, { key: 'observedAt', range }] };
}

/** @param ids those of these points; left out: of all */
export function ofExpired(tenant: string, expiry: SightingExpiry, ids?: readonly string[]): Filter {
  const { ofCameras, decidedBefore } = expiry;
  const must = seenAt(tenant, expiry);
  if (ofCameras) must.push({ must_not: [{ is_empty: { key: 'cameraId' } }] });
  if (ids !== undefined) must.push({ has_id: ids.map(toPointId) });
  return { must: [...must, { key: 'decidedAt', range: { lt: decidedBefore } }] };
}

export function ofCohort(sha256: string): Filter {
  return { must: [equals('cohort', sha256)] };
}

/** @param sha256 null: of every cohort */
export function exceptCohort(sha256: string | null): Filter {
  return sha256 === null ? {} : { must_not: [equals('cohort', sha256)] };
}
