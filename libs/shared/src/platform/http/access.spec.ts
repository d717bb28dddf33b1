import { describe, expect, it } from '@jest/globals';
import { type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { healthHttp, metricsHttp } from '../../contracts/http/health.http.js';
import { AccessGuard, isAdmin } from './access.js';
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
function call(
  controller: object,
  handler: () => unknown,
  key?: string,
  config = { API_KEYS: new Map([[TENANT_KEY, 'acme']]), METRICS_KEY },
): string | undefined {
  const request: { headers: object; tenant?: string } = {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  };
  const context = {
    getHandler: () => handler,
    getClass: () => controller,
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext;
  expect(new AccessGuard(new Reflector(), config).canActivate(context)).toBe(true);
  return request.tenant;
}

describe('AccessGuard', () => {
  const routes = Routes.prototype;
  const unauthorized = expect.objectContaining({ code: 'UNAUTHORIZED', httpStatus: 401 });

  it('stores the tenant of a known key', () => {
    expect(call(Routes, routes.tenants, TENANT_KEY)).toBe('acme');
  });

  it.each([undefined, '', METRICS_KEY, `${TENANT_KEY}x`])('refuses a tenant route to %s', (key) => {
    expect(() => call(Routes, routes.tenants, key)).toThrow(unauthorized);
  });

  it('gives every caller the tenant default when no keys are configured', () => {
    expect(call(Routes, routes.tenants, undefined, { API_KEYS: new Map(), METRICS_KEY })).toBe(
      'default',
    );
  });

  it('lets everybody call a public route', () => {
    expect(call(Routes, routes.open)).toBeUndefined();
  });

  it('opens metrics to METRICS_KEY alone, and to everybody when it is not set', () => {
    expect(call(Routes, routes.metrics, METRICS_KEY)).toBeUndefined();
    expect(() => call(Routes, routes.metrics, TENANT_KEY)).toThrow(unauthorized);
    const config = { API_KEYS: new Map([[TENANT_KEY, 'acme']]), METRICS_KEY: '' };
    expect(call(Routes, routes.metrics, undefined, config)).toBeUndefined();
  });
});

const KEY = 'an-admin-key:with-a-colon';

function basic(userAndPassword: string): string {
  return `Basic ${Buffer.from(userAndPassword).toString('base64')}`;
}

describe('isAdmin', () => {
  it.each([`Bearer ${KEY}`, `bearer ${KEY}`, basic(`admin:${KEY}`)])('accepts %s', (header) => {
    expect(isAdmin(header, KEY)).toBe(true);
  });

  it.each([
    undefined,
    '',
    KEY,
    'Bearer ',
    'Bearer undefined',
    `Bearer ${KEY}x`,
    `Bearer ${KEY.slice(0, -1)}`,
    `Bearer admin:${KEY}`,
    `Digest ${KEY}`,
    basic(KEY),
    basic(`root:${KEY}`),
    basic(`admin:${KEY} `),
    basic('admin:'),
    `Basic admin:${KEY}`,
  ])('refuses %s', (header) => {
    expect(isAdmin(header, KEY)).toBe(false);
  });
});
