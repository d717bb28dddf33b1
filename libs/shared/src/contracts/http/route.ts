import { type z } from 'zod';

/** Status of an error and when it happens. */
export interface HttpError {
  readonly status: number;
  readonly description: string;
}

/** Errors by their code. */
export type HttpErrors = Readonly<Record<string, HttpError>>;

/** A file field of a multipart request. */
export interface FileField {
  readonly description: string;
  readonly required: boolean;
}

/**
 * One HTTP endpoint. The services, the client, the OpenAPI documents and the tests are all typed and checked
 * by it: define an endpoint here and nowhere else.
 */
export interface Route {
  /** Unique in its service; the operationId of OpenAPI. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Parameters are written as `:name`. */
  readonly path: `/${string}`;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** `tenant`: needs a key of API_KEYS. `metrics`: needs METRICS_KEY. `public`: needs no key. */
  readonly access: 'tenant' | 'metrics' | 'public';
  /** Runs the networks for its caller, so that QUERIES_PER_MINUTE limits it. */
  readonly isQuery?: true;
  /** By name; each is validated on its own. */
  readonly params?: Readonly<Record<string, z.ZodType>>;
  readonly query?: z.ZodType;
  /** Names in lower case. */
  readonly headers?: z.ZodObject;
  /** The JSON body, or the text fields of a multipart request. */
  readonly body?: z.ZodType;
  /** With files the request is multipart/form-data. */
  readonly files?: Readonly<Record<string, FileField>>;
  /** With files: the request may also be JSON, without a file. */
  readonly acceptsJson?: true;
  readonly status: 200 | 201 | 202 | 204;
  /** What a success returns; of an event stream, one event. Left out: an empty body. */
  readonly response?: z.ZodType;
  /** JSON unless given. */
  readonly mediaType?: string;
  /** Answers of another status that are not errors, of the same media type and shape as the response. */
  readonly otherStatus?: { readonly status: number; readonly description: string };
  /** Besides those that `errorsOf` adds. */
  readonly errors: HttpErrors;
  readonly example: RouteExample;
}

/** Values of a request and its response that work together. */
export interface RouteExample {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly response?: unknown;
}

/** Returns the definition with its exact type, which the types below read. */
export function route<const Definition extends Route>(definition: Definition): Definition {
  return definition;
}

type Inputs<Schemas> = { readonly [K in keyof Schemas]: z.input<Schemas[K]> };
type Outputs<Schemas> = { readonly [K in keyof Schemas]: z.output<Schemas[K]> };

/** A part of the input; optional when every field of it is. */
type Part<Name extends string, Value> =
  Partial<Value> extends Value
    ? Partial<Readonly<Record<Name, Value>>>
    : Readonly<Record<Name, Value>>;

type RequiredFile<Files> = {
  [K in keyof Files]: Files[K] extends { readonly required: true } ? K : never;
}[keyof Files];

/** What a caller gives. */
export type RouteInput<R extends Route> = (R extends {
  readonly params: infer P extends Record<string, z.ZodType>;
}
  ? { readonly params: Inputs<P> }
  : unknown) &
  (R extends { readonly query: infer Q extends z.ZodType } ? Part<'query', z.input<Q>> : unknown) &
  (R extends { readonly headers: infer H extends z.ZodType }
    ? Part<'headers', z.input<H>>
    : unknown) &
  (R extends { readonly body: infer B extends z.ZodType } ? Part<'body', z.input<B>> : unknown) &
  (R extends { readonly files: infer F extends Record<string, FileField> }
    ? Part<
        'files',
        Readonly<Record<RequiredFile<F>, Blob>> &
          Partial<Readonly<Record<keyof F, Blob | undefined>>>
      >
    : unknown);

/** What a handler gets: everything parsed. */
export type ParsedInput<R extends Route> = (R extends {
  readonly params: infer P extends Record<string, z.ZodType>;
}
  ? { readonly params: Outputs<P> }
  : unknown) &
  (R extends { readonly query: infer Q extends z.ZodType }
    ? { readonly query: z.output<Q> }
    : unknown) &
  (R extends { readonly headers: infer H extends z.ZodType }
    ? { readonly headers: z.output<H> }
    : unknown) &
  (R extends { readonly body: infer B extends z.ZodType }
    ? { readonly body: z.output<B> }
    : unknown);

/** What a caller gets. */
export type Answer<R extends Route> = R extends { readonly response: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** What a handler returns. */
export type Sent<R extends Route> = R extends { readonly mediaType: 'text/event-stream' }
  ? undefined
  : R extends { readonly response: infer S extends z.ZodType }
    ? DeepReadonly<z.input<S>>
    : undefined;
