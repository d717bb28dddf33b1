import {
  applyDecorators,
  createParamDecorator,
  Delete,
  type ExecutionContext,
  Get,
  HttpCode,
  Patch,
  Post,
  SetMetadata,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { type Request } from 'express';
import { createZodValidationPipe, ZodSerializerDto, ZodSerializerInterceptor } from 'nestjs-zod';
import { type z } from 'zod';
import {
  type ParsedInput,
  type Route as Definition,
  type Sent,
} from '../../contracts/http/route.js';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { ROUTE } from './access.js';
import { ImageFields, UploadGate } from './uploads.js';

const METHODS = { GET: Get, POST: Post, PATCH: Patch, DELETE: Delete } as const;

/** Parameters after these have decorators of their own. */
type Parameters<R extends Definition> = R extends { readonly access: 'tenant' }
  ? [tenant: string, input: ParsedInput<R>, ...rest: never[]]
  : never[];

type Handler<R extends Definition> = (...parameters: Parameters<R>) => Sent<R> | Promise<Sent<R>>;

type HandlerDecorator<R extends Definition> = <T extends Handler<R>>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void;

/**
 * Makes a method the handler of a route: method, path, status, access and upload limits. The response is parsed
 * by its schema, so that only what the contract names leaves the service; a response of the wrong shape is
 * logged and answered with INTERNAL. The handler takes `@Tenant()` and `@Input()`, in this order, as far as it
 * needs them. A handler that returns something else than the contract says does not compile.
 */
export function Route<R extends Definition>(definition: R): HandlerDecorator<R> {
  const { method, path, status, response, mediaType, files } = definition;
  const decorators: MethodDecorator[] = [
    METHODS[method](path),
    HttpCode(status),
    SetMetadata(ROUTE, definition),
  ];
  if (response && mediaType !== 'text/event-stream') {
    decorators.push(UseInterceptors(ZodSerializerInterceptor), ZodSerializerDto(response));
  }
  if (files) {
    decorators.push(UseGuards(UploadGate), UseInterceptors(ImageFields(...Object.keys(files))));
  }
  return applyDecorators(...decorators);
}

/** Request parts of the handler's route, parsed; REQUEST_INVALID names every field that is wrong. */
export const Input = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const definition = Reflect.getMetadata(ROUTE, context.getHandler()) as Definition;
  const request = context.switchToHttp().getRequest<Request>();
  return parseInput(definition, request);
});

type RequestParts = Pick<Request, 'params' | 'query' | 'headers' | 'body'>;

/** @throws PipelineError REQUEST_INVALID (400) */
export function parseInput<R extends Definition>(
  { params = {}, query, headers, body }: R,
  request: RequestParts,
): ParsedInput<R> {
  const parsedParams = Object.entries(params).map(([name, schema]) => [
    name,
    parseRequest(schema, request.params[name]),
  ]);
  return {
    params: Object.fromEntries(parsedParams) as unknown,
    query: query && parseRequest(query, request.query),
    headers: headers && parseRequest(headers, request.headers),
    body: body && parseRequest(body, request.body),
  } as unknown as ParsedInput<R>;
}

const RequestPipe = createZodValidationPipe({
  createValidationException: (error) => requestInvalid(error as z.ZodError),
});

/** @throws PipelineError REQUEST_INVALID (400) */
export function parseRequest(schema: z.ZodType, value: unknown): unknown {
  return new RequestPipe(schema).transform(value ?? {}, { type: 'custom' }) as unknown;
}

function requestInvalid({ issues }: z.ZodError): PipelineError {
  const problems = issues.map((issue) => ({
    field: issue.path.join('.'),
    problem: issue.message,
  }));
  return new PipelineError(
    'REQUEST_INVALID',
    problems.map(({ field, problem }) => (field ? `${field}: ${problem}` : problem)).join('; '),
    { stage: 'query', class: 'quarantine', httpStatus: 400, details: { problems } },
  );
}
