import { createHash, timingSafeEqual } from 'node:crypto';

/** User name that goes with ADMIN_KEY as a password. */
export const ADMIN_USER = 'admin';
/** What a browser asks for a user and a password on: the value of WWW-Authenticate. */
export const ADMIN_CHALLENGE = 'Basic realm="sightline", charset="UTF-8"';

/**
 * Whether a request's Authorization header holds the admin's key: `Bearer KEY`, or Basic with the user `admin`
 * and the key as password. How long it takes says nothing about the key.
 */
export function isAdmin(authorization: string | undefined, adminKey: string): boolean {
  const [, scheme = '', given = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return isSame(given, adminKey);
  return isSame(Buffer.from(given, 'base64').toString(), `${ADMIN_USER}:${adminKey}`);
}

/** Of digests, which are of one length whatever was sent. */
function isSame(given: string, known: string): boolean {
  const [a, b] = [given, known].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(a!, b!);
}
