import {
  type CanActivate,
  type ExecutionContext,
  createParamDecorator,
  Inject,
  Injectable,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type Request } from 'express';
import { type Route } from '../../contracts/http/route.js';
import { DEFAULT_TENANT } from '../../contracts/image-ref.js';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { CONFIG } from '../tokens.js';
import { bearerKey, isSameSecret, type Keys } from './keys.js';
import { RateLimits } from './rate-limits.js';

/** Metadata of a handler: its route, whose `access` says which key a caller needs. */
export const ROUTE = Symbol('route');

interface TenantRequest extends Request {
  tenant?: string;
}

/**
 * Checks the key that a route needs (`Authorization: Bearer KEY`) and stores the key's tenant.
 * Errors: UNAUTHORIZED (401), TOO_MANY_WRONG_KEYS and RATE_LIMITED (429).
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(CONFIG) private readonly config: Keys,
    private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = this.reflector.get<Route | undefined>(ROUTE, context.getHandler());
    const access = route?.access ?? 'tenant';
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<TenantRequest>();
    const isKeyed = this.isKeyed(access);
    const given = isKeyed ? bearerKey(request.headers.authorization) : '';
    if (isKeyed) {
      const isRight = access === 'metrics' ? this.opensMetrics(given) : this.admit(request, given);
      // A request without a key is no guess. Without an address the connection is closed already.
      if (given !== '') await this.limits.checkCaller(request.ip ?? '', given, isRight);
      if (!isRight) throw unauthorized(access);
    } else {
      request.tenant = DEFAULT_TENANT;
    }
    if (route?.isQuery) await this.limits.countQuery(given);
    return true;
  }

  private isKeyed(access: 'tenant' | 'metrics'): boolean {
    const { API_KEYS, METRICS_KEY } = this.config;
    return access === 'metrics' ? METRICS_KEY !== '' : API_KEYS.size > 0;
  }

  private opensMetrics(given: string): boolean {
    return isSameSecret(given, this.config.METRICS_KEY);
  }

  private admit(request: TenantRequest, given: string): boolean {
    for (const [key, tenant] of this.config.API_KEYS) {
      if (!isSameSecret(given, key)) continue;
      request.tenant = tenant;
      return true;
    }
    return false;
  }
}

function unauthorized(access: 'tenant' | 'metrics'): PipelineError {
  const message =
    access === 'metrics'
      ? 'send METRICS_KEY as Authorization: Bearer KEY'
      : 'send a known key as Authorization: Bearer KEY';
  return new PipelineError('UNAUTHORIZED', message, {
    stage: 'query',
    class: 'quarantine',
    httpStatus: 401,
  });
}

/** The tenant of a request that AccessGuard has let in. */
export function tenantOf(request: Request): string {
  return (request as TenantRequest).tenant ?? DEFAULT_TENANT;
}

/** The caller's tenant, as a controller's parameter. */
export const Tenant = createParamDecorator((_: unknown, context: ExecutionContext): string =>
  tenantOf(context.switchToHttp().getRequest<Request>()),
);
