import { InvalidArgumentError } from 'commander';

/** An option's value as a port. */
export function parsePort(text: string): number {
  return parseWhole(text, 1, 65_535);
}

/** An option's value as a count of at least 1. */
export function parseCount(text: string): number {
  return parseWhole(text, 1, 1_000_000);
}

/** An option's value as any number. */
export function parseNumber(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a number.');
}

/** An option's value as a number above 0. */
export function parsePositive(text: string): number {
  const value = parseNumber(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('expected a number above 0.');
}

/** An option's value as a whole number within bounds. */
export function parseWhole(text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
}
