import { type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { errorBodySchema, errorsOf } from '../../contracts/http/errors.js';
import { type Route } from '../../contracts/http/route.js';
import { type ServiceApi } from '../../contracts/http/services.http.js';

type Json = Record<string, unknown>;

/** Keys of securitySchemes by the access of a route. */
const SECURITY = { tenant: [{ apiKey: [] }], metrics: [{ metricsKey: [] }], public: [] } as const;

const SECURITY_SCHEMES = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A key of API_KEYS; its tenant is the tenant of the request. Not needed without API_KEYS.',
  },
  metricsKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'METRICS_KEY. Not needed where it is not set.',
  },
};

/**
 * The OpenAPI 3.1 document of a service, made of its contracts alone: no running service is needed.
 * It uses zod's own JSON Schema, the dialect of OpenAPI 3.1. The DTO classes of nestjs-zod have no place for
 * a body that is either multipart or JSON, for tables of error codes, or for examples.
 */
export function openApiDocument(service: ServiceApi, version: string): OpenAPIObject {
  const components = new Components();
  const paths: Record<string, Json> = {};
  for (const route of service.routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operation(route, service, components);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: service.title,
      version,
      description: service.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(service.routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: { securitySchemes: SECURITY_SCHEMES, schemas: components.schemas },
  } as unknown as OpenAPIObject;
}

/** Schemas that have an id: each is in the document once. */
class Components {
  readonly schemas: Record<string, Json> = {};

  /** @param io `input`: what may be sent; `output`: what is returned */
  schema(schema: z.ZodType, io: 'input' | 'output'): Json {
    // Inside a property also a schema with an id becomes a reference.
    const { properties, $defs = {} } = z.toJSONSchema(z.object({ schema }), {
      io,
      override: ({ jsonSchema }) => {
        // The format says it already, in less than 300 characters.
        if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
        // A later version may add fields to a response.
        if (io === 'output' && jsonSchema.additionalProperties === false) {
          delete jsonSchema.additionalProperties;
        }
      },
    });
    for (const [id, definition] of Object.entries($defs)) {
      this.schemas[id] = withReferences(omit(definition, 'id'));
    }
    return withReferences(properties!.schema as Json);
  }
}

function omit(json: Json, name: string): Json {
  return Object.fromEntries(Object.entries(json).filter(([key]) => key !== name));
}

function withReferences(schema: Json): Json {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/');
  return JSON.parse(text) as Json;
}

function operation(route: Route, service: ServiceApi, components: Components): Json {
  const { id, tag, summary, description, access } = route;
  const request = requestBody(route, components);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: SECURITY[access],
    parameters: parameters(route, components),
    ...(request === null ? {} : { requestBody: request }),
    responses: {
      ...successes(route, components),
      ...errorResponses(route, components),
    },
  };
}

function parameters(
  { params = {}, query, headers, example }: Route,
  components: Components,
): Json[] {
  const fields = (schema: z.ZodType | undefined) => {
    if (schema === undefined) return [];
    const { properties = {}, required = [] } = components.schema(schema, 'input') as {
      properties?: Record<string, Json>;
      required?: string[];
    };
    return Object.entries(properties).map(([name, field]) => ({
      name,
      schema: field,
      required: required.includes(name),
    }));
  };
  return [
    ...Object.entries(params).map(([name, schema]) => {
      const field = components.schema(schema, 'input');
      return parameter('path', { name, schema: field, required: true }, example.params);
    }),
    ...fields(query).map((field) => parameter('query', field, example.query)),
    ...fields(headers).map((field) => parameter('header', field, undefined)),
  ];
}

interface Parameter {
  readonly name: string;
  readonly schema: Json;
  readonly required: boolean;
}

function parameter(
  place: 'path' | 'query' | 'header',
  { name, schema, required }: Parameter,
  examples: Readonly<Record<string, string | number>> | undefined,
): Json {
  const { description, ...rest } = schema;
  const example = examples?.[name];
  return {
    name,
    in: place,
    required,
    ...(description === undefined ? {} : { description }),
    schema: rest,
    ...(example === undefined ? {} : { example }),
  };
}

function requestBody(route: Route, components: Components): Json | null {
  const { body, files, acceptsJson, example } = route;
  if (body === undefined && files === undefined) return null;
  const fields = body === undefined ? null : components.schema(body, 'input');
  const json = fields && {
    schema: fields,
    ...(example.body === undefined ? {} : { example: example.body }),
  };
  if (files === undefined) return { required: true, content: { 'application/json': json } };
  const required = Object.keys(files).filter((name) => files[name]!.required);
  const multipart = {
    schema: {
      type: 'object',
      properties: {
        ...(fields?.properties as Json | undefined),
        ...Object.fromEntries(
          Object.entries(files).map(([name, { description }]) => [
            name,
            { type: 'string', format: 'binary', description },
          ]),
        ),
      },
      required: [...((fields?.required as string[] | undefined) ?? []), ...required],
      additionalProperties: false,
    },
  };
  return {
    required: true,
    content: {
      'multipart/form-data': multipart,
      ...(acceptsJson ? { 'application/json': json } : {}),
    },
  };
}

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No content',
};

function successes(route: Route, components: Components): Json {
  const { status, response, mediaType = 'application/json', otherStatus, example } = route;
  const content = response && {
    [mediaType]: { schema: components.schema(response, 'output'), example: example.response },
  };
  return {
    [status]: { description: STATUS_TEXTS[status], ...(content && { content }) },
    ...(otherStatus && {
      [otherStatus.status]: { description: otherStatus.description, ...(content && { content }) },
    }),
  };
}

function errorResponses(route: Route, components: Components): Json {
  const errors = errorsOf(route);
  const byStatus = new Map<number, [string, string][]>();
  for (const [code, { status, description }] of Object.entries(errors)) {
    byStatus.set(status, [...(byStatus.get(status) ?? []), [code, description]]);
  }
  const body = components.schema(errorBodySchema, 'output');
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map(([code, description]) => `- \`${code}\`: ${description}`).join('\n'),
        content: {
          'application/json': {
            schema: {
              ...body,
              properties: {
                error: { properties: { code: { enum: codes.map(([code]) => code) } } },
              },
            },
          },
        },
      },
    ]),
  );
}
