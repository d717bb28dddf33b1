import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { errorsOf } from '#shared/contracts/http/errors.js';
import { type Route } from '#shared/contracts/http/route.js';
import { SERVICE_APIS, SERVICE_NAMES } from '#shared/contracts/http/services.http.js';
import { parseInput } from '#shared/platform/http/route.js';
import { openApiDocument } from '#shared/platform/http/openapi.js';
import { productVersion } from '#shared/platform/runtime/product-version.js';
import { filesUnder, readProjectFile } from '../deploy/support/project.js';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const documents = SERVICE_NAMES.map(
  (name) => [name, JSON.parse(readProjectFile(`docs/openapi/${name}.json`)) as Document] as const,
);

const routes = SERVICE_NAMES.flatMap((name) =>
  SERVICE_APIS[name].routes.map((route): [string, Route] => [`${name} ${route.id}`, route]),
);

describe('the OpenAPI documents', () => {
  it.each(documents)('%s is what the contracts say now', (name, document) => {
    // After a change: npm run generate:openapi.
    expect(document).toEqual(openApiDocument(SERVICE_APIS[name], productVersion()));
    expect(document.openapi).toBe('3.1.0');
  });

  it.each(documents)(
    '%s has operations with one id each, and schemas that can be used',
    (_, document) => {
      const ids = operationsOf(document).map(({ operationId }) => operationId);
      expect(new Set(ids).size).toBe(ids.length);
      const ajv = new Ajv2020({ strict: false, validateFormats: false });
      ajv.addSchema({ $id: 'https://sightline/', ...document });
      const pointers = schemaPointers(document, '#');
      expect(pointers.length).toBeGreaterThan(10);
      for (const pointer of pointers) ajv.compile({ $ref: `https://sightline/${pointer}` });
    },
  );

  it.each(documents)('%s names every error of every route', (name, document) => {
    for (const route of SERVICE_APIS[name].routes) {
      const operation = operationOf(document, route);
      for (const [code, { status }] of Object.entries(errorsOf(route))) {
        expect(operation.responses[status]?.description).toContain(`\`${code}\``);
      }
    }
  });

  it.each(routes)('%s has examples that its schemas accept', (_, route) => {
    const { example, response, params = {} } = route;
    expect(Object.keys(example.params ?? {})).toEqual(Object.keys(params));
    parseInput(route, {
      params: { ...example.params },
      query: { ...example.query } as Record<string, string>,
      headers: {},
      body: example.body,
    });
    if (route.body && !route.files) expect(example.body).toBeDefined();
    if (!response) return;
    // Nothing is added, removed or changed: what the example shows is what is sent.
    expect(response.parse(example.response)).toEqual(example.response);
  });
});

/** Code of the services that runs for an HTTP request, and what it uses. */
const ON_HTTP_PATHS = [
  'apps/ingest/src',
  'apps/matcher/src',
  'libs/shared/src/contracts',
  'libs/shared/src/platform/http',
  'libs/shared/src/platform/storage',
  'libs/shared/src/platform/runtime',
  'libs/vision/src/imaging',
];

/** Names in capitals in that code that no route answers with, and what they are. */
const NOT_ANSWERED: Readonly<Record<string, string>> = {
  LOW_WATER: 'a setting',
  VECTORS_DIR: 'a setting',
  WHEN_REQUIRED: 'an option of the AWS SDK',
  BOARD_READ_ONLY: 'the page /admin/queues, which is not part of the API',
  DEEP_ARCHIVE: 'a storage class of S3',
  IMPORT_EMPTY: 'the field `error` of an import',
  MATCH_GROUP_UNKNOWN: 'the start of the matcher',
  STORE_URL_INVALID: 'the start of a service',
  TURNS_USED_UP: 'the log of ingest',
  PORT_TAKEN: 'the start of a service',
  PORT_FORBIDDEN: 'the start of a service',
  HOST_INVALID: 'the start of a service',
  WEBHOOK_ADDRESS_FORBIDDEN: 'the delivery of an event',
  WEBHOOK_FAILED: 'the delivery of an event',
  SQLITE_BUSY: 'an error of SQLite',
  SQLITE_CANTOPEN: 'an error of SQLite',
  SQLITE_CORRUPT: 'an error of SQLite',
  SQLITE_FULL: 'an error of SQLite',
  SQLITE_IOERR: 'an error of SQLite',
  SQLITE_NOTADB: 'an error of SQLite',
  SQLITE_READONLY: 'an error of SQLite',
};

describe('the error codes of the code', () => {
  const documented = new Set(routes.flatMap(([, route]) => Object.keys(errorsOf(route))));
  const inCode = new Set(
    ON_HTTP_PATHS.flatMap((folder) => filesUnder(folder, /(?<!\.spec|\.http)\.ts$/))
      .flatMap((file) => readProjectFile(file).match(/'[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+'/g) ?? [])
      .map((literal) => literal.slice(1, -1)),
  );

  it('are in the documents, unless no route answers with them', () => {
    const missing = [...inCode].filter((code) => !documented.has(code) && !(code in NOT_ANSWERED));
    expect(missing).toEqual([]);
    expect(inCode.size).toBeGreaterThan(50);
  });

  it('have no exception that is documented or gone', () => {
    const names = Object.keys(NOT_ANSWERED);
    expect(names.filter((name) => documented.has(name) || !inCode.has(name))).toEqual([]);
  });
});

describe('the controllers', () => {
  it('answer only routes that have a contract', () => {
    const files = ['apps', 'libs'].flatMap((folder) => filesUnder(folder, /(?<!\.spec)\.ts$/));
    const handlers = /@(Get|Post|Put|Patch|Delete|All)\(/;
    expect(files.filter((file) => handlers.test(readProjectFile(file)))).toEqual([]);
  });
});

function operationsOf({ paths }: Document): Operation[] {
  return Object.values(paths).flatMap((path) => Object.values(path));
}

function operationOf({ paths }: Document, { path, method }: Route): Operation {
  return paths[path.replace(/:(\w+)/g, '{$1}')]![method.toLowerCase()]!;
}

/** JSON pointers of all schemas of the operations and components. */
function schemaPointers(value: unknown, pointer: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => {
    const at = `${pointer}/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`;
    if (name === 'example') return [];
    if (name === 'schema') return [at];
    if (pointer === '#/components/schemas') return [at];
    return schemaPointers(part, at);
  });
}
