import { z } from 'zod';
import { deadLetterSchema, type DeadLetter, type KeptLetter } from '../../contracts/dead-letter.js';
import { parseStored } from '../../contracts/parse-stored.js';

/**
 * A time as in heads and in the index, which is sorted as text: 13 digits, enough until the year 2286.
 */
export function timeText(ms: number): string {
  return String(Math.max(0, ms)).padStart(13, '0');
}

/** The part of a letter that scripts read without parsing JSON: `TENANT CODE STAGE DIEDAT`. */
export function letterHead({ tenant, code, stage, diedAt }: DeadLetter): string {
  return `${tenant} ${code} ${stage} ${timeText(diedAt)}`;
}

/** Reads a letter as lua/dead-letters.lua keeps it: `HEAD REPLAYS OWNERS`, a line feed, JSON. */
export function parseKeptLetter(value: string): KeptLetter {
  const end = value.indexOf('\n');
  const [replays = '0', owners = '-'] = value.slice(0, end).split(' ').slice(4);
  return {
    ...parseStored(deadLetterSchema, value.slice(end + 1), 'a dead letter', 'ingest'),
    replays: Number(replays),
    imports: owners.split(',').filter((owner) => /^\d+$/.test(owner)),
  };
}

/** How many dead letters are kept, and for how long. */
export interface LetterLimits {
  /** Maximum number of letters per tenant; above it the oldest are deleted. */
  readonly most: number;
  readonly days: number;
}

export const DEFAULT_LETTER_LIMITS: LetterLimits = { most: 100_000, days: 30 };

/** Letters from before this time are deleted. */
export function oldestKept({ days }: LetterLimits, now: number): string {
  return timeText(now - days * 24 * 3600 * 1000);
}

export const deadLettersConfigShape = {
  DEAD_LETTERS_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .default(DEFAULT_LETTER_LIMITS.most)
    .describe(
      'Maximum number of dead letters per tenant. Above it the oldest are deleted and counted. Use the same value in every service.',
    ),
  DEAD_LETTERS_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .default(DEFAULT_LETTER_LIMITS.days)
    .describe('Days that a dead letter is kept. Use the same value in every service.'),
};

export function letterLimits(config: {
  readonly DEAD_LETTERS_MAX: number;
  readonly DEAD_LETTERS_DAYS: number;
}): LetterLimits {
  return { most: config.DEAD_LETTERS_MAX, days: config.DEAD_LETTERS_DAYS };
}
