import { createHash, timingSafeEqual } from 'node:crypto';
import { ADMIN_USER } from '../settings/secret-values.js';

/**
 * Paths of probes and metrics, for middleware: it runs before Nest knows the route and its decorators.
 * Such requests are not traced, and they are answered during shutdown.
 */
export function isMonitoringPath(path: string): boolean {
  return isProbePath(path) || isMetricsPath(path);
}

export function isProbePath(path: string): boolean {
  return /^\/health(\/|$)/i.test(path);
}

export function isMetricsPath(path: string): boolean {
  return /^\/metrics(\/|$)/i.test(path);
}

export interface Keys {
  /** Tenants by key. With none, every caller is the tenant `default`. */
  readonly API_KEYS: ReadonlyMap<string, string>;
  /** '' leaves metrics open. */
  readonly METRICS_KEY: string;
  readonly ADMIN_KEY?: string | undefined;
}

/** The key in an Authorization header; null when it is none of ours. */
export function keyOf(
  authorization: string | undefined,
  { API_KEYS, METRICS_KEY, ADMIN_KEY }: Keys,
): string | null {
  if (ADMIN_KEY !== undefined && isAdmin(authorization, ADMIN_KEY)) return ADMIN_KEY;
  const given = bearerKey(authorization);
  if (isSameSecret(given, METRICS_KEY)) return METRICS_KEY;
  return [...API_KEYS.keys()].find((key) => isSameSecret(given, key)) ?? null;
}

/** @returns '' when the header holds no key */
export function bearerKey(authorization: string | undefined): string {
  return /^Bearer +(.*\S) *$/i.exec(authorization ?? '')?.[1] ?? '';
}

/** Value of WWW-Authenticate: makes a browser ask for a user and a password. */
export const ADMIN_CHALLENGE = 'Basic realm="sightline", charset="UTF-8"';

/**
 * Whether an Authorization header holds the admin's key: `Bearer KEY`, or Basic with the user `admin` and
 * the key as password.
 */
export function isAdmin(authorization: string | undefined, adminKey: string): boolean {
  const [, scheme = '', given = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return isSameSecret(given, adminKey);
  return isSameSecret(Buffer.from(given, 'base64').toString(), `${ADMIN_USER}:${adminKey}`);
}

/** In constant time. Compares digests, so that the length of the secret does not leak. Nothing equals ''. */
export function isSameSecret(given: string, secret: string): boolean {
  const [a, b] = [given, secret].map((text) => createHash('sha256').update(text).digest());
  return secret !== '' && timingSafeEqual(a!, b!);
}
