import pRetry from 'p-retry';
import { z } from 'zod';
import { PipelineError, usageError } from '#shared/contracts/pipeline-error.js';

const errorBodySchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
});

/** The error of an answer that is none: the service's own code and message where it gave them. */
export async function errorFromResponse(
  response: Response,
  service: string,
): Promise<PipelineError> {
  const text = await response.text().catch(() => '');
  const body = errorBodySchema.safeParse(parseJson(text));
  const { status } = response;
  const options = {
    stage: 'query',
    class: status >= 500 ? 'retry' : 'quarantine',
    httpStatus: status,
  } as const;
  if (!body.success) {
    return new PipelineError(`HTTP_${status}`, `${service}: ${text.slice(0, 300)}`, options);
  }
  const { code, details } = body.data.error;
  const message =
    status === 401
      ? 'set SIGHTLINE_API_KEY to a key that the service knows'
      : body.data.error.message;
  return new PipelineError(code, message, { ...options, ...(details && { details }) });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

interface ApiTarget {
  /** Name of the service, for messages. */
  readonly service: string;
  readonly url: string;
  readonly apiKey: string | undefined;
}

/** JSON over HTTP to one service; every failure is a PipelineError that says what to do. */
export class ApiClient {
  constructor(private readonly target: ApiTarget) {}

  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    return this.parsed(path, {}, schema);
  }

  post<Schema extends z.ZodType>(
    path: string,
    body: unknown,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    return this.parsed(path, json('POST', body), schema);
  }

  postForm<Schema extends z.ZodType>(
    path: string,
    form: FormData,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    return this.parsed(path, { method: 'POST', body: form }, schema);
  }

  patch<Schema extends z.ZodType>(
    path: string,
    body: unknown,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    return this.parsed(path, json('PATCH', body), schema);
  }

  async delete(path: string): Promise<void> {
    await this.fetch(path, { method: 'DELETE' });
  }

  /** @throws PipelineError SERVICE_UNREACHABLE, or the error the service answered with */
  async fetch(path: string, init: RequestInit): Promise<Response> {
    const { service, url, apiKey } = this.target;
    const headers = new Headers(init.headers);
    if (apiKey) headers.set('authorization', `Bearer ${apiKey}`);
    let response: Response;
    try {
      response = await fetch(new URL(path, url), { ...init, headers });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new PipelineError(
        'SERVICE_UNREACHABLE',
        `no ${service} answers at ${url}; start the services with: npm run sightline -- up`,
        { stage: 'query', class: 'wait', cause: error },
      );
    }
    if (!response.ok) throw await errorFromResponse(response, service);
    return response;
  }

  private async parsed<Schema extends z.ZodType>(
    path: string,
    init: RequestInit,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    const response = await this.fetch(path, init);
    const parsed = schema.safeParse(await response.json().catch(() => null));
    if (parsed.success) return parsed.data;
    throw usageError(
      'ANSWER_INVALID',
      `${this.target.service} at ${this.target.url} answered ${path} in another form than expected; ` +
        'is it Sightline, and of this version?',
      parsed.error,
    );
  }
}

function json(method: string, body: unknown): RequestInit {
  return {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

const PAGE_SIZE = 100;

interface Page<Item> {
  readonly items: readonly Item[];
  readonly cursor?: string | null | undefined;
}

/** Everything a paged list holds, page by page. `read` gets the query string of a page. */
export async function* pages<Item>(
  read: (query: string) => Promise<Page<Item>>,
  filter: Readonly<Record<string, string>> = {},
): AsyncGenerator<Item> {
  let cursor: string | null | undefined;
  do {
    const query = new URLSearchParams({
      ...filter,
      limit: String(PAGE_SIZE),
      ...(cursor && { cursor }),
    });
    const page = await read(query.toString());
    yield* page.items;
    cursor = page.cursor;
  } while (cursor);
}

/** Tries again, with growing pauses, while the error is one that may pass. */
export function withRetries<T>(work: () => Promise<T>): Promise<T> {
  return pRetry(work, {
    retries: 3,
    minTimeout: 500,
    shouldRetry: ({ error }) => error instanceof PipelineError && error.retryable,
  });
}
