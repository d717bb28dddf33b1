import { errorBodySchema, errorsOf } from '#shared/contracts/http/errors.js';
import { type Route } from '#shared/contracts/http/route.js';
import { SERVICE_APIS } from '#shared/contracts/http/services.http.js';

const ROUTES = Object.values(SERVICE_APIS).flatMap(({ routes }) => routes);

/** The route of a request. Null for a path that is in no contract. */
function findRoute(method: string, path: string): Route | null {
  const [pathname = ''] = path.split('?');
  // Paths without parameters come first, because `counts` in `/v1/dead-letters/counts` is not an id.
  const sorted = [...ROUTES].sort((a, b) => a.path.split(':').length - b.path.split(':').length);
  const found = sorted.find((route) => {
    const pattern = new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+')}$`);
    return route.method === method && pattern.test(pathname);
  });
  return found ?? null;
}

/**
 * What is wrong with a response by the contract of its route; null when nothing is. The tests that call the API
 * run every response through this, so that an error code that is missing in the OpenAPI documents fails a test.
 */
export function contractProblem(
  method: string,
  path: string,
  status: number,
  body: unknown,
): string | null {
  const route = findRoute(method, path);
  if (!route) return null;
  const name = `${method} ${route.path}`;
  const { response, otherStatus } = route;
  if (status === route.status || status === otherStatus?.status) {
    if (!response || route.mediaType) return null;
    const parsed = response.safeParse(body);
    if (parsed.success) return null;
    // A service that is not ready may answer every route except its probes with an error.
    if (!errorBodySchema.safeParse(body).success) return `${name}: ${parsed.error.message}`;
  }
  const error = errorBodySchema.safeParse(body);
  if (!error.success) return `${name}: status ${status} is in no contract`;
  const { code } = error.data.error;
  const errors = errorsOf(route);
  const documented = errors[code];
  if (!documented) return `${name}: ${code} is not among the errors of the route`;
  if (documented.status === status) return null;
  return `${name}: ${code} has status ${status}, the contract says ${documented.status}`;
}
