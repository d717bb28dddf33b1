import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type z } from 'zod';
import { QdrantError } from './qdrant-double-errors.js';
import { routes, type Route } from './qdrant-double-routes.js';
import { DoubleServer } from './qdrant-double-server.js';
import { QdrantOpenApi } from './qdrant-openapi.js';

export interface QdrantDouble {
  readonly url: string;
  /** Requests and responses that violate Qdrant's API description. */
  readonly violations: readonly string[];
  stop(): Promise<void>;
}

export interface QdrantDoubleOptions {
  readonly port?: number;
  readonly apiKey?: string;
  /** File with Qdrant's OpenAPI description, against which every exchange is checked. */
  readonly openApiFile?: string | undefined;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * An HTTP server that answers like Qdrant 1.19 on the endpoints that Sightline uses, and refuses undocumented
 * requests. Its data is only in memory.
 */
export async function startQdrantDouble(options: QdrantDoubleOptions = {}): Promise<QdrantDouble> {
  const openApi = options.openApiFile ? await QdrantOpenApi.read(options.openApiFile) : null;
  const state = new DoubleServer();
  const violations: string[] = [];

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readBody(request);
    const refusal = refuse(request, options.apiKey);
    if (refusal !== null) {
      response.writeHead(401).end(refusal);
      return;
    }
    const url = new URL(request.url ?? '/', 'http://double');
    const method = request.method ?? 'GET';
    const found = findRoute(method, url.pathname);
    if (!found) {
      violations.push(`${method} ${url.pathname} is not an endpoint of the double`);
      response.writeHead(404).end();
      return;
    }
    const answer = handle(state, found, url.searchParams, text);
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
    const exchange = {
      method,
      path: found.route.path,
      query: [...url.searchParams.keys()],
      request: text === '' ? undefined : (JSON.parse(text) as unknown),
      status: answer.status,
      response: answer.body,
    };
    violations.push(...(openApi?.check(exchange) ?? []));
  }

  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      violations.push(String(error));
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    violations,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function handle(
  state: DoubleServer,
  { route, collection }: Found,
  search: URLSearchParams,
  text: string,
): Answer {
  try {
    const query = parse(route.query, Object.fromEntries(search), 'query parameters');
    const body = route.body ? parse(route.body, parseJson(text), 'JSON body') : undefined;
    const result = route.handle(state, collection, body);
    const waited = query.wait === 'true' ? 'completed' : 'acknowledged';
    const outcome = route.writes ? withStatus(result, waited) : result;
    return { status: 200, body: { result: outcome, status: 'ok', time: 0.0001 } };
  } catch (error) {
    if (!(error instanceof QdrantError)) throw error;
    const body = { status: { error: error.message }, time: 0 };
    return { status: error.httpStatus, body };
  }
}

/** The result of a write. A batch has one result for each operation. */
function withStatus(result: unknown, status: string): unknown {
  if (Array.isArray(result)) return result.map((each: unknown) => withStatus(each, status));
  return { ...(result as object), status };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new QdrantError(400, 'Format error in JSON body: expected value at line 1 column 1');
  }
}

/** A malformed request is answered with 400, a well-formed request with a forbidden value with 422. */
function parse<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const text = issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  if (issues.every(({ code }) => code === 'too_small' || code === 'too_big')) {
    throw new QdrantError(422, `Validation error in ${where}: [${text}]`);
  }
  throw new QdrantError(400, `Format error in ${where}: ${text}`);
}

interface Found {
  readonly route: Route;
  readonly collection: string;
}

function findRoute(method: string, pathname: string): Found | undefined {
  for (const route of routes) {
    if (route.method !== method) continue;
    const pattern = new RegExp(`^${route.path.replace('{collection_name}', '([^/]+)')}$`);
    const match = pattern.exec(pathname);
    // In this path, `aliases` is an endpoint and not the name of a collection.
    if (match && match[1] !== 'aliases') {
      return { route, collection: decodeURIComponent(match[1] ?? '') };
    }
  }
  return undefined;
}

function refuse(request: IncomingMessage, apiKey: string | undefined): string | null {
  const given = request.headers['api-key'];
  if (apiKey === undefined || given === apiKey) return null;
  if (given === undefined) return 'Must provide an API key or an Authorization bearer token';
  return 'Invalid API key or JWT';
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
