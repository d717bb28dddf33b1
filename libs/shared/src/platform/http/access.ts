import {
  type CanActivate,
  type ExecutionContext,
  createParamDecorator,
  Inject,
  Injectable,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type Request } from 'express';
import { timingSafeEqual, createHash } from 'node:crypto';
import { type Route } from '../../contracts/http/route.js';
import { DEFAULT_TENANT } from '../../contracts/image-ref.js';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { ADMIN_USER } from '../settings/secret-values.js';
import { CONFIG } from '../tokens.js';

/** Metadata of a handler: its route, whose `access` says which key a caller needs. */
export const ROUTE = Symbol('route');

/**
 * Paths of probes and metrics, for middleware: it runs before Nest knows the route and its decorators.
 * Such requests are not traced, and they are answered during shutdown.
 */
export function isMonitoringPath(path: string): boolean {
  return /^\/(health|metrics)(\/|$)/.test(path);
}

interface AccessConfig {
  /** Tenants by key. With none, every caller is the tenant `default`. */
  readonly API_KEYS: ReadonlyMap<string, string>;
  /** '' leaves metrics open. */
  readonly METRICS_KEY: string;
}

interface TenantRequest extends Request {
  tenant?: string;
}

/** Checks the key that a route needs (`Authorization: Bearer KEY`) and stores the key's tenant. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(CONFIG) private readonly config: AccessConfig,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const route = this.reflector.get<Route | undefined>(ROUTE, context.getHandler());
    const access = route?.access ?? 'tenant';
    const request = context.switchToHttp().getRequest<TenantRequest>();
    const key = bearerKey(request.headers.authorization);
    if (access === 'metrics') this.checkMetricsKey(key);
    else if (access === 'tenant') request.tenant = this.tenantOf(key);
    return true;
  }

  private checkMetricsKey(given: string): void {
    const { METRICS_KEY } = this.config;
    if (METRICS_KEY === '' || isSameSecret(given, METRICS_KEY)) return;
    throw unauthorized('send METRICS_KEY as Authorization: Bearer KEY');
  }

  private tenantOf(given: string): string {
    const { API_KEYS } = this.config;
    if (API_KEYS.size === 0) return DEFAULT_TENANT;
    for (const [key, tenant] of API_KEYS) {
      if (isSameSecret(given, key)) return tenant;
    }
    throw unauthorized('send a known key as Authorization: Bearer KEY');
  }
}

/** @returns '' when the header holds no key */
function bearerKey(authorization: string | undefined): string {
  return /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
}

function unauthorized(message: string): PipelineError {
  return new PipelineError('UNAUTHORIZED', message, {
    stage: 'query',
    class: 'quarantine',
    httpStatus: 401,
  });
}

/** The caller's tenant, as a controller's parameter. */
export const Tenant = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  return context.switchToHttp().getRequest<TenantRequest>().tenant ?? DEFAULT_TENANT;
});

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

/** In constant time. Compares digests, so that the length of the secret does not leak. */
function isSameSecret(given: string, secret: string): boolean {
  const [a, b] = [given, secret].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(a!, b!);
}
