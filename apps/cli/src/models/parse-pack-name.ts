import { InvalidArgumentError } from 'commander';

/** A name that a pack can have, as the value of an option. */
export function parsePackName(text: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(text)) return text;
  throw new InvalidArgumentError('expected 1 to 64 characters of a-z, 0-9, ., _ and -.');
}
