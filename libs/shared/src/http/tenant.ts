import { createParamDecorator, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import { PipelineError } from '../contracts/pipeline-error.js';
import { bearerKey, isSameKey } from './bearer-key.js';
import { isMetricsPath } from './metrics-guard.js';

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
