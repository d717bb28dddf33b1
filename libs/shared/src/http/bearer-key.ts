import { timingSafeEqual } from 'node:crypto';

/** @param authorization the header; '' when it holds no key */
export function bearerKey(authorization: string | undefined): string {
  return /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
}

/** In a time that does not tell how much of it is right. */
export function isSameKey(given: string, key: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(key)];
  return left.length === right.length && timingSafeEqual(left, right);
}
