import { createHash } from 'node:crypto';

/** A number for `seededRandom` that only depends on the word. */
export function seedOf(word: string): number {
  return createHash('sha256').update(word).digest().readUInt32LE();
}
