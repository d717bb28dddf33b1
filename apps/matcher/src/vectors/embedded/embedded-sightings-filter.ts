import { type SightingExpiry, type SightingFilter } from '../vector-store.port.js';

/** As the index has it. */
export const DECIDED_AT = "json_extract(detail, '$.decidedAt')";

interface Where {
  readonly sql: string;
  readonly values: readonly (string | number | null)[];
}

/** Left out when the value is undefined. `is` also compares with null. */
type Condition = [sql: string, value: string | number | null | undefined];

/** The condition on `sightings` for a filter; values are bound, never part of the text. */
export function sightingsWhere(tenant: string, filter: SightingFilter): Where {
  return join([...indexedConditions(tenant, filter), ['store = ?', filter.store]]);
}

/** The part of it that an index answers alone. */
export function indexedWhere(tenant: string, filter: SightingFilter): Where {
  return join(indexedConditions(tenant, filter));
}

/** The condition on `sightings` that are too old; an index holds all that it looks at. */
export function expiredWhere(tenant: string, expiry: SightingExpiry): Where {
  return join([
    ['tenant = ?', tenant],
    [`${DECIDED_AT} < ?`, expiry.decidedBefore],
    ['camera_id = ?', expiry.cameraId],
    ['camera_id is not ?', expiry.ofCameras ? null : undefined],
    ['store = ?', expiry.store],
  ]);
}

function indexedConditions(tenant: string, filter: SightingFilter): Condition[] {
  return [
    ['tenant = ?', tenant],
    ['person_id is ?', filter.personId],
    ['camera_id = ?', filter.cameraId],
    ['observed_at >= ?', filter.from],
    ['observed_at <= ?', filter.to],
  ];
}

function join(conditions: readonly Condition[]): Where {
  const wanted = conditions.flatMap(([sql, value]) =>
    value === undefined ? [] : [{ sql, value }],
  );
  return {
    sql: wanted.map(({ sql }) => sql).join(' and '),
    values: wanted.map(({ value }) => value),
  };
}
