import { createHash } from 'node:crypto';
import { z } from 'zod';

export interface Person {
  readonly id: string;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** Used in Redis keys, object names and URLs. */
export const personIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, {
  message: 'a person id is 1 to 64 characters of A-Z, a-z, 0-9, _ and -',
});

export const personNameSchema = z
  .string()
  .transform((name) => name.normalize('NFC').trim())
  .pipe(z.string().min(1).max(200));

/** The default id of a person. It is derived from the name, so that a second request with the same name finds the first person. */
export function derivePersonId(tenant: string, name: string): string {
  const hash = createHash('sha256').update(JSON.stringify(['person', tenant, name]));
  return hash.digest('hex').slice(0, 32);
}
