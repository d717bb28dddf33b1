import {
  type SightingFilter,
  type StoredSighting,
  type StoredTemplate,
} from '../../apps/matcher/src/vectors/vector-store.port.js';

/** A record as one row, for the candidates that speak SQL. */
export function toRow({ vector, ...detail }: StoredTemplate | StoredSighting) {
  const { id, tenant, personId } = detail;
  const { cameraId, observedAt } =
    'cameraId' in detail ? detail : { cameraId: null, observedAt: null };
  return { id, tenant, personId, cameraId, observedAt, detail: JSON.stringify(detail), vector };
}

/** A WHERE clause; values of the bench hold no quotes. */
export function toWhere(tenant: string, { personId, cameraId, from, to }: SightingFilter): string {
  const conditions = [`tenant = '${tenant}'`];
  if (personId !== undefined) conditions.push(`"personId" = '${personId}'`);
  if (cameraId !== undefined) conditions.push(`"cameraId" = '${cameraId}'`);
  if (from !== undefined) conditions.push(`"observedAt" >= ${from}`);
  if (to !== undefined) conditions.push(`"observedAt" <= ${to}`);
  return conditions.join(' AND ');
}
