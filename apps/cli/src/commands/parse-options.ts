import { InvalidArgumentError } from 'commander';
import { packNameSchema } from '#models/packs/manifest.js';

const UNIT_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
};

/**
 * A time as ISO 8601 in UTC. Accepts a date with or without time, in UTC unless it has a time zone, and a
 * duration before now: `30m`, `2h`, `7d`.
 */
export function parseMoment(text: string, now = Date.now()): string {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const zoned = /T[\d:.]+$/.test(text) ? `${text}Z` : text;
  const ms = unit === undefined ? Date.parse(zoned) : now - Number(amount) * UNIT_MS[unit]!;
  if (/^\d{4}-/.test(text) || unit !== undefined) {
    if (Number.isFinite(ms)) return new Date(ms).toISOString();
  }
  throw new InvalidArgumentError(
    'expected a time like 2026-01-31T12:00 (UTC), or minutes, hours or days before now like 30m, 2h, 7d.',
  );
}

/** Parses a port number. */
export function parsePort(text: string): number {
  return parseWhole(text, 1, 65_535);
}

/** Parses a count, 1 or more. */
export function parseCount(text: string): number {
  return parseWhole(text, 1, 1_000_000);
}

export function parseNumber(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a number.');
}

/** Parses a number above 0. */
export function parsePositive(text: string): number {
  const value = parseNumber(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('expected a number above 0.');
}

export function parseWhole(text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`);
}

/** A name that a pack can have, as the value of an option. */
export function parsePackName(text: string): string {
  if (packNameSchema.safeParse(text).success) return text;
  throw new InvalidArgumentError('expected 1 to 64 characters of a-z, 0-9, ., _ and -.');
}
