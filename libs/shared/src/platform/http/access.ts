import { type CanActivate, type ExecutionContext, createParamDecorator } from '@nestjs/common';
import { type Request } from 'express';
import { timingSafeEqual, createHash } from 'node:crypto';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { ADMIN_USER } from '../settings/secret-values.js';

/** @param authorization the header; '' when it holds no key */
function bearerKey(authorization: string | undefined): string {
  return /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
}

/** In a time that does not tell how much of it is right. */
function isSameKey(given: string, key: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(key)];
  return left.length === right.length && timingSafeEqual(left, right);
}

export function isMetricsPath(path: string): boolean {
  return path === '/metrics' || path.startsWith('/metrics/');
}

/** Lets Prometheus and KEDA in. They are no tenant's: what they read names none of its people. */
export class MetricsGuard implements CanActivate {
  /** @param key '' lets everybody in */
  constructor(private readonly key: string) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (!isMetricsPath(request.path) || this.key === '') return true;
    if (isSameKey(bearerKey(request.headers.authorization), this.key)) return true;
    throw new PipelineError('UNAUTHORIZED', 'send METRICS_KEY as Authorization: Bearer KEY', {
      stage: 'query',
      class: 'quarantine',
      httpStatus: 401,
    });
  }
}

export const DEFAULT_TENANT = 'default';

interface TenantRequest extends Request {
  tenant?: string;
}

/** Lets a caller in by `Authorization: Bearer KEY` and remembers the key's tenant. */
export class TenantGuard implements CanActivate {
  constructor(private readonly tenantsByKey: ReadonlyMap<string, string>) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<TenantRequest>();
    if (request.path.startsWith('/health/') || isMetricsPath(request.path)) return true;
    request.tenant = this.tenantOf(request.headers.authorization);
    return true;
  }

  private tenantOf(authorization: string | undefined): string {
    if (this.tenantsByKey.size === 0) return DEFAULT_TENANT;
    const given = bearerKey(authorization);
    for (const [key, tenant] of this.tenantsByKey) {
      if (isSameKey(given, key)) return tenant;
    }
    throw new PipelineError('UNAUTHORIZED', 'send a known key as Authorization: Bearer KEY', {
      stage: 'query',
      class: 'quarantine',
      httpStatus: 401,
    });
  }
}

/** The caller's tenant, as a controller's parameter. */
export const Tenant = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  return context.switchToHttp().getRequest<TenantRequest>().tenant ?? DEFAULT_TENANT;
});

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
