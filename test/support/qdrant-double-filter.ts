import { type Condition, type Filter, type PointId } from './qdrant-double-schemas.js';

interface Point {
  readonly id: PointId;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** https://qdrant.tech/documentation/concepts/filtering/ */
export function matchesFilter(point: Point, filter: Filter | null | undefined): boolean {
  if (!filter) return true;
  const holds = (condition: Condition) => matchesCondition(point, condition);
  const should = toList(filter.should);
  return (
    toList(filter.must).every(holds) &&
    !toList(filter.must_not).some(holds) &&
    (should.length === 0 || should.some(holds))
  );
}

function matchesCondition(point: Point, condition: Condition): boolean {
  if ('has_id' in condition) return condition.has_id.includes(point.id);
  if ('is_empty' in condition) return valuesAt(point.payload, condition.is_empty.key).length === 0;
  if ('is_null' in condition) return nullsAt(point.payload, condition.is_null.key);
  if (!('key' in condition)) return matchesFilter(point, condition);
  // A missing field matches nothing. A list matches if any of its values does.
  const values = valuesAt(point.payload, condition.key);
  if ('match' in condition) return values.some((value) => matchesValue(value, condition.match));
  const { lt, gt, lte, gte } = condition.range;
  return values.some(
    (value) =>
      typeof value === 'number' &&
      (!isSet(lt) || value < lt) &&
      (!isSet(gt) || value > gt) &&
      (!isSet(lte) || value <= lte) &&
      (!isSet(gte) || value >= gte),
  );
}

type Match = Extract<Condition, { match: unknown }>['match'];

function matchesValue(value: unknown, match: Match): boolean {
  if ('value' in match) return value === match.value;
  if ('any' in match) return match.any.some((wanted) => value === wanted);
  return match.except.every((unwanted) => value !== unwanted);
}

/** The values at a dotted path. Null, missing and empty fields have none. */
export function valuesAt(payload: Readonly<Record<string, unknown>>, path: string): unknown[] {
  const value = valueAt(payload, path);
  if (!isSet(value)) return [];
  return Array.isArray(value) ? value : [value];
}

function nullsAt(payload: Readonly<Record<string, unknown>>, path: string): boolean {
  const value = valueAt(payload, path);
  return value === null || (Array.isArray(value) && value.includes(null));
}

function valueAt(payload: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return (value as Record<string, unknown>)[key];
  }, payload);
}

function toList(conditions: Condition | Condition[] | null | undefined): Condition[] {
  if (!isSet(conditions)) return [];
  return Array.isArray(conditions) ? conditions : [conditions];
}

/** In JSON, a field can be absent or null. */
export function isSet<T>(value: T): value is NonNullable<T> {
  return value !== null && value !== undefined;
}
