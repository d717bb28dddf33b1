import { describe, expect, it } from '@jest/globals';
import { type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { healthHttp, metricsHttp } from '../../contracts/http/health.http.js';
import { AccessGuard } from './access.js';
import { RateLimits } from './rate-limits.js';
import { Route } from './route.js';

class Routes {
  tenants() {
    return undefined;
  }

  @Route(healthHttp.live)
  open() {
    return { status: 'live' as const, uptimeSeconds: 1, instance: 'standalone' };
  }

  @Route(metricsHttp.read)
  metrics() {
    return '';
  }
}

const TENANT_KEY = 'a-key-of-the-tenant-acme';
const METRICS_KEY = 'the-key-of-prometheus';

/** Calls a route with a key. @returns the tenant that the guard has stored */
async function call(
  controller: object,
  handler: () => unknown,
  key?: string,
  keys = { API_KEYS: new Map([[TENANT_KEY, 'acme']]), METRICS_KEY },
  scheme = 'Bearer',
): Promise<string | undefined> {
  const config = { ...keys, WRONG_KEYS_PER_MINUTE: 100, QUERIES_PER_MINUTE: 100 };
  const request: { headers: object; ip: string; tenant?: string } = {
    headers: key === undefined ? {} : { authorization: `${scheme} ${key}` },
    ip: '203.0.113.1',
  };
  const context = {
    getHandler: () => handler,
    getClass: () => controller,
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext;
  const guard = new AccessGuard(new Reflector(), config, new RateLimits(config, undefined));
  expect(await guard.canActivate(context)).toBe(true);
  return request.tenant;
}

describe('AccessGuard', () => {
  const routes = Routes.prototype;
  const unauthorized = expect.objectContaining({ code: 'UNAUTHORIZED', httpStatus: 401 });

  it.each(['Bearer', 'bearer', 'BEARER', 'Bearer '])(
    'stores the tenant of a known key after %s',
    async (scheme) => {
      expect(await call(Routes, routes.tenants, TENANT_KEY, undefined, scheme)).toBe('acme');
    },
  );

  it.each([undefined, '', METRICS_KEY, `${TENANT_KEY}x`])(
    'refuses a tenant route to %s',
    async (key) => {
      await expect(call(Routes, routes.tenants, key)).rejects.toThrow(unauthorized);
    },
  );

  it('gives every caller the tenant default when no keys are configured', async () => {
    const keys = { API_KEYS: new Map<string, string>(), METRICS_KEY };
    expect(await call(Routes, routes.tenants, undefined, keys)).toBe('default');
  });

  it('lets everybody call a public route', async () => {
    expect(await call(Routes, routes.open)).toBeUndefined();
  });

  it('opens metrics to METRICS_KEY alone, and to everybody when it is not set', async () => {
    await call(Routes, routes.metrics, METRICS_KEY);
    await expect(call(Routes, routes.metrics, TENANT_KEY)).rejects.toThrow(unauthorized);
    const keys = { API_KEYS: new Map([[TENANT_KEY, 'acme']]), METRICS_KEY: '' };
    await call(Routes, routes.metrics, undefined, keys);
  });
});
