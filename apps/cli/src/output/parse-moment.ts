import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
};

/** A moment as ISO 8601: given as a date with or without time, UTC unless it has a zone, or as so long ago, `30m`, `2h`, `7d`. */
export function parseMoment(text: string, now = Date.now()): string {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const zoned = /T[\d:.]+$/.test(text) ? `${text}Z` : text;
  const ms = unit === undefined ? Date.parse(zoned) : now - Number(amount) * UNIT_MS[unit]!;
  if (/^\d{4}-/.test(text) || unit !== undefined) {
    if (Number.isFinite(ms)) return new Date(ms).toISOString();
  }
  throw new InvalidArgumentError(
    'expected a time like 2026-01-31T12:00 (UTC), or so many minutes, hours, days ago: 30m, 2h, 7d.',
  );
}
