import { type SightingFilter } from './vector-store.port.js';

interface Where {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** The condition on `sightings` for a filter; values are bound, never part of the text. */
export function sightingsWhere(tenant: string, filter: SightingFilter): Where {
  const conditions: [string, string | number | undefined][] = [
    ['tenant = ?', tenant],
    ['store = ?', filter.store],
    ['person_id = ?', filter.personId],
    ['camera_id = ?', filter.cameraId],
    ['observed_at >= ?', filter.from],
    ['observed_at <= ?', filter.to],
  ];
  const wanted = conditions.flatMap(([sql, value]) =>
    value === undefined ? [] : [{ sql, value }],
  );
  return {
    sql: wanted.map(({ sql }) => sql).join(' and '),
    values: wanted.map(({ value }) => value),
  };
}
