import { timeText } from './letter-text.js';

/** How much is kept of what failed. */
export interface LetterLimits {
  /** Letters of one tenant; past it the oldest are forgotten. */
  readonly most: number;
  readonly days: number;
}

export const DEFAULT_LETTER_LIMITS: LetterLimits = { most: 100_000, days: 30 };

/** Letters that died before it are forgotten. */
export function oldestKept({ days }: LetterLimits, now: number): string {
  return timeText(now - days * 24 * 3600 * 1000);
}
