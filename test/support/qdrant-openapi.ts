import { Ajv, type ValidateFunction } from 'ajv';
import { readFile } from 'node:fs/promises';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = Record<string, Json>;

export interface Exchange {
  readonly method: string;
  /** Path as in the description, with `{collection_name}`. */
  readonly path: string;
  readonly query: readonly string[];
  readonly request: unknown;
  readonly status: number;
  readonly response: unknown;
}

/** Checks requests and responses against Qdrant's own API description. */
export class QdrantOpenApi {
  private readonly ajv = new Ajv({ strict: false, validateFormats: false, allErrors: false });
  private readonly validators = new Map<string, ValidateFunction>();

  private constructor(private readonly document: JsonObject) {
    this.ajv.addSchema({ ...document, $id: 'qdrant' });
  }

  static async read(file: string): Promise<QdrantOpenApi> {
    const document = JSON.parse(await readFile(file, 'utf8')) as Json;
    return new QdrantOpenApi(tighten(document) as JsonObject);
  }

  /** Messages about the violations of an exchange. Empty if there are none. */
  check({ method, path, query, request, status, response }: Exchange): string[] {
    const verb = method.toLowerCase();
    const operation = at(this.document, ['paths', path, verb]) as JsonObject | undefined;
    if (!operation) return [`${method} ${path} is not documented`];
    const parameters = (operation.parameters ?? []) as JsonObject[];
    const known = parameters.filter((p) => p.in === 'query').map((p) => p.name);
    const problems = query
      .filter((name) => !known.includes(name))
      .map((name) => `${method} ${path} has no query parameter ${name}`);
    const base = ['paths', path, verb];
    if (request !== undefined) {
      problems.push(...this.validate([...base, 'requestBody'], request));
    }
    if (status === 200) problems.push(...this.validate([...base, 'responses', '200'], response));
    return problems;
  }

  private validate(owner: readonly string[], value: unknown): string[] {
    const where = [...owner, 'content', 'application/json', 'schema'];
    if (at(this.document, where) === undefined) return [`${owner.join(' ')} takes no JSON`];
    const reference = `qdrant#/${where.map(escapePointer).join('/')}`;
    let validator = this.validators.get(reference);
    if (!validator) {
      validator = this.ajv.compile({ $ref: reference });
      this.validators.set(reference, validator);
    }
    if (validator(value)) return [];
    const errors = validator.errors ?? [];
    return errors.map(
      (error) => `${owner.join(' ')}: ${error.instancePath} ${error.message ?? ''}`,
    );
  }
}

/**
 * Converts OpenAPI 3.0 to JSON schema: `nullable` becomes a type, and objects accept only documented
 * fields.
 */
function tighten(node: Json): Json {
  if (Array.isArray(node)) return node.map(tighten);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = node;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, v]) => [key, tighten(v)]));
  if (schema.type === 'object' && 'properties' in schema && !('additionalProperties' in schema)) {
    schema.additionalProperties = false;
  }
  if (nullable !== true) return schema;
  if (Object.keys(schema).every((key) => key === 'description')) return { type: 'null' };
  return { anyOf: [schema, { type: 'null' }] };
}

function at(node: Json, keys: readonly string[]): Json | undefined {
  return keys.reduce<Json | undefined>((value, key) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value[key];
  }, node);
}

function escapePointer(key: string): string {
  return encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
}
