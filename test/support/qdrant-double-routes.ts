import { z } from 'zod';
import { requests, type Requests } from './qdrant-double-schemas.js';
import { type DoubleServer } from './qdrant-double-server.js';

export interface Route {
  readonly method: string;
  /** As in Qdrant's API description. */
  readonly path: string;
  readonly body?: z.ZodType;
  readonly query: z.ZodType<{ wait?: string | undefined }>;
  /** Only the outcome of a write depends on `wait`. */
  readonly writes?: boolean;
  handle(server: DoubleServer, collection: string, body: unknown): unknown;
}

const seconds = z.string().regex(/^[1-9]\d*$/);
const noWait = z.undefined().optional();
const managing = z.strictObject({ timeout: seconds.optional(), wait: noWait });
const reading = z.strictObject({
  timeout: seconds.optional(),
  consistency: z.string().optional(),
  wait: noWait,
});
const writing = z.strictObject({
  wait: z.enum(['true', 'false']).optional(),
  ordering: z.enum(['weak', 'medium', 'strong']).optional(),
  timeout: seconds.optional(),
});
const nothing = z.strictObject({ wait: noWait });

const ROOT = '/collections/{collection_name}';

type Handler<Name extends keyof Requests> = (
  server: DoubleServer,
  collection: string,
  body: Requests[Name],
) => unknown;

function get(path: string, handle: (server: DoubleServer, collection: string) => unknown): Route {
  return { method: 'GET', path, query: nothing, handle };
}

function route<Name extends keyof Requests>(
  method: string,
  path: string,
  name: Name,
  kind: 'manage' | 'read' | 'write',
  handle: Handler<Name>,
): Route {
  return {
    method,
    path,
    body: requests[name],
    query: { manage: managing, read: reading, write: writing }[kind],
    writes: kind === 'write',
    handle: (server, collection, body) => handle(server, collection, body as Requests[Name]),
  };
}

/** The endpoints that Sightline uses. All others are answered with 404. */
export const routes: readonly Route[] = [
  get('/aliases', (server) => server.listAliases()),
  get(ROOT, (server, name) => server.collection(name).info()),
  route('PUT', ROOT, 'createCollection', 'manage', (server, name, body) =>
    server.createCollection(name, body),
  ),
  {
    method: 'DELETE',
    path: ROOT,
    query: managing,
    handle: (server, name) => server.deleteCollection(name),
  },
  route('POST', '/collections/aliases', 'updateAliases', 'manage', (server, _, body) =>
    server.updateAliases(body),
  ),
  route('PUT', `${ROOT}/index`, 'createIndex', 'write', (server, name, body) =>
    server.collection(name).createIndex(body),
  ),
  route('PUT', `${ROOT}/points`, 'upsert', 'write', (server, name, body) =>
    server.collection(name).upsert(body),
  ),
  route('POST', `${ROOT}/points/delete`, 'deletePoints', 'write', (server, name, body) =>
    server.collection(name).deletePoints(body),
  ),
  route('POST', `${ROOT}/points/batch`, 'batchUpdate', 'write', (server, name, body) =>
    server.collection(name).batchUpdate(body),
  ),
  route('POST', `${ROOT}/points/count`, 'count', 'read', (server, name, body) =>
    server.collection(name).count(body),
  ),
  route('POST', `${ROOT}/points/payload/delete`, 'deletePayload', 'write', (server, name, body) =>
    server.collection(name).deletePayload(body),
  ),
  route('POST', `${ROOT}/points/scroll`, 'scroll', 'read', (server, name, body) =>
    server.collection(name).scroll(body),
  ),
  route('POST', `${ROOT}/points/query`, 'query', 'read', (server, name, body) =>
    server.collection(name).query(body),
  ),
  route('POST', `${ROOT}/points/query/batch`, 'queryBatch', 'read', (server, name, body) => {
    const collection = server.collection(name);
    return body.searches.map((search) => collection.query(search));
  }),
  route('POST', `${ROOT}/facet`, 'facet', 'read', (server, name, body) =>
    server.collection(name).facet(body),
  ),
];
