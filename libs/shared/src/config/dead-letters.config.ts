import { z } from 'zod';
import { DEFAULT_LETTER_LIMITS, type LetterLimits } from '../dead-letters/letter-limits.js';

/** The same in every service. */
export const deadLettersConfigShape = {
  /** Dead letters kept of one tenant; past it the oldest are forgotten and counted as forgotten. */
  DEAD_LETTERS_MAX: z.coerce.number().int().min(1).default(DEFAULT_LETTER_LIMITS.most),
  /** Days that a dead letter is kept. */
  DEAD_LETTERS_DAYS: z.coerce.number().int().min(1).default(DEFAULT_LETTER_LIMITS.days),
};

export function letterLimits(config: {
  readonly DEAD_LETTERS_MAX: number;
  readonly DEAD_LETTERS_DAYS: number;
}): LetterLimits {
  return { most: config.DEAD_LETTERS_MAX, days: config.DEAD_LETTERS_DAYS };
}
