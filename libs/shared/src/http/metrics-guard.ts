import { type CanActivate, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import { PipelineError } from '../contracts/pipeline-error.js';
import { bearerKey, isSameKey } from './bearer-key.js';

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
