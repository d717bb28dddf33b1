import { InvalidArgumentError } from 'commander';
import { packNameSchema } from '#shared/models/manifest.js';

/** A name that a pack can have, as the value of an option. */
export function parsePackName(text: string): string {
  if (packNameSchema.safeParse(text).success) return text;
  throw new InvalidArgumentError('expected 1 to 64 characters of a-z, 0-9, ., _ and -.');
}
