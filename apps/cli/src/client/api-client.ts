import { type z } from 'zod';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { cliError } from '../cli-error.js';
import { errorFromResponse } from './response-error.js';

export interface ApiTarget {
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
    throw cliError(
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
