import { errorBodySchema } from '../contracts/http/errors.js';
import { healthHttp, readinessSchema } from '../contracts/http/health.http.js';
import { type Answer, type Route, type RouteInput } from '../contracts/http/route.js';
import { INSTANCE_HEADER } from '../contracts/launcher-message.js';
import { PipelineError } from '../contracts/pipeline-error.js';

export interface ApiTarget {
  /** Name of the service, for messages. */
  readonly service: string;
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** What the user should do; added to the message of the error. */
  readonly hints?: {
    /** In place of the service's own message about a missing or unknown key. */
    readonly unauthorized?: string;
    readonly unreachable?: string;
    /** When the service belongs to another installation. */
    readonly otherInstance?: string;
  };
  /** Installation that must answer; a service of another one refuses the call. Left out: any. */
  readonly instance?: string | undefined;
  /** Limits for an answer, milliseconds. */
  readonly deadlines?: Deadlines;
}

interface Deadlines {
  /** Of a route that only reads. */
  readonly read: number;
  /** Of any other route: it may upload images, wait for the embedder or go through many records. */
  readonly work: number;
  /** While a caller waits for work, the service must show in each of these periods that it can do it. */
  readonly proof: number;
}

const DEADLINES: Deadlines = { read: 10_000, work: 300_000, proof: 5_000 };

/** The input may be left out when the route needs none. */
type InputOf<R extends Route> =
  Partial<RouteInput<R>> extends RouteInput<R> ? [input?: RouteInput<R>] : [input: RouteInput<R>];

/** Routes whose response is a page: a list and the cursor of the next page. */
interface Page {
  readonly cursor: string | null;
}

const PAGE_SIZE = 100;

/**
 * A client of one service, typed by the routes of its contract. Every failure is a PipelineError that says
 * what to do. Uses only what Node and browsers both have.
 */
export class ApiClient {
  constructor(private readonly target: ApiTarget) {}

  /**
   * Calls a route and parses its response.
   * @throws PipelineError SERVICE_UNREACHABLE, SERVICE_TIMEOUT, ANSWER_INVALID, or the error that the service
   * answered
   */
  async call<R extends Route>(route: R, ...inputs: InputOf<R>): Promise<Answer<R>> {
    const [input = {}] = inputs as [LooseInput?];
    return (await this.parsed(route, input)) as Answer<R>;
  }

  /** All items of a list, page by page. `items` picks them from a page. */
  async *each<R extends Route, Item>(
    route: R,
    input: RouteInput<R>,
    items: (page: Answer<R>) => readonly Item[],
  ): AsyncGenerator<Item> {
    const first: LooseInput = input as object;
    let cursor: string | null = null;
    do {
      const query = { ...first.query, limit: PAGE_SIZE, cursor: cursor ?? undefined };
      const page = await this.parsed(route, { ...first, query });
      yield* items(page as Answer<R>);
      ({ cursor } = page as Page);
    } while (cursor !== null);
  }

  /**
   * The response as it arrives, for streams, which have no deadline once they have begun; of an error, the error.
   * @throws PipelineError SERVICE_UNREACHABLE, SERVICE_TIMEOUT, or the error that the service answered
   */
  open<R extends Route>(route: R, input: RouteInput<R>, signal?: AbortSignal): Promise<Response> {
    return this.within(route, (timeout) => {
      const both = signal ? AbortSignal.any([signal, timeout]) : timeout;
      return this.send(route, input as object, both);
    });
  }

  private async parsed(route: Route, input: LooseInput): Promise<unknown> {
    const { response: schema, path, mediaType } = route;
    const text = await this.within(route, async (timeout) => {
      const response = await this.send(route, input, timeout);
      return schema === undefined ? '' : await response.text();
    });
    if (schema === undefined) return undefined;
    const body: unknown = mediaType === undefined ? parseJson(text) : text;
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    const { service, url } = this.target;
    throw new PipelineError(
      'ANSWER_INVALID',
      `${service} at ${url} returned an unexpected response to ${path}; ` +
        'is it Sightline, and of this version?',
      { stage: 'config', class: 'quarantine', cause: parsed.error },
    );
  }

  /** Runs `work` with a signal that is aborted when the deadline of the route has passed. */
  private async within<T>(route: Route, work: (timeout: AbortSignal) => Promise<T>): Promise<T> {
    const { deadlines = DEADLINES } = this.target;
    const isRead = route.method === 'GET';
    const limitMs = isRead ? deadlines.read : deadlines.work;
    const timeout = new AbortController();
    const started = Date.now();
    const end = (reason: string | null) => {
      timeout.abort(this.timedOut(route, Date.now() - started, reason));
    };
    const timer = setTimeout(() => end(null), limitMs);
    let notReady = 0;
    const prove = async () => {
      const proof = await this.askReadiness(deadlines.proof);
      if (proof === 'dead') end('it does not answer at all');
      notReady = proof === 'ready' ? 0 : notReady + 1;
      // Once may be a short moment of much work.
      if (notReady >= 2) end(`it is not ready: ${proof}`);
    };
    const proofs = isRead ? undefined : setInterval(() => void prove(), deadlines.proof);
    try {
      return await work(timeout.signal);
    } catch (error) {
      throw timeout.signal.aborted ? (timeout.signal.reason as Error) : error;
    } finally {
      clearTimeout(timer);
      clearInterval(proofs);
    }
  }

  /** @returns why the service is not ready, if it is not; `dead` if it does not answer */
  private async askReadiness(limitMs: number): Promise<'ready' | 'dead' | (string & {})> {
    const url = new URL(healthHttp.ready.path, this.target.url);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(limitMs) });
      const answer = readinessSchema.safeParse(parseJson(await response.text()));
      if (!answer.success || answer.data.status === 'ready') return 'ready';
      const failing = answer.data.checks.filter(({ ok }) => !ok);
      return failing.map(({ name, reason = 'no answer' }) => `${name}: ${reason}`).join('; ');
    } catch {
      return 'dead';
    }
  }

  private timedOut({ method, path }: Route, ms: number, reason: string | null): PipelineError {
    const { service, url } = this.target;
    const why = reason ?? `${url}/health/ready and the log of the service say what it waits for`;
    return new PipelineError(
      'SERVICE_TIMEOUT',
      `${service} at ${url} has not answered ${method} ${path} within ${Math.round(ms / 100) / 10} s; ${why}`,
      { stage: 'query', class: 'wait' },
    );
  }

  private async send(route: Route, input: LooseInput, signal: AbortSignal): Promise<Response> {
    const { service, url, apiKey, instance, hints } = this.target;
    const request = requestOf(route, input);
    if (apiKey) request.headers.set('authorization', `Bearer ${apiKey}`);
    if (instance) request.headers.set(INSTANCE_HEADER, instance);
    let response: Response;
    try {
      response = await fetch(new URL(request.path, url), {
        method: route.method,
        headers: request.headers,
        body: request.body,
        signal,
      });
    } catch (error) {
      if (signal.aborted) throw error;
      throw unreachable(service, url, hints?.unreachable, error);
    }
    if (response.ok) return response;
    if (response.status === 421 && hints?.otherInstance !== undefined) {
      const message = `the ${service} at ${url} belongs to another installation; ${hints.otherInstance}`;
      throw new PipelineError('WRONG_INSTANCE', message, { stage: 'query', class: 'quarantine' });
    }
    throw await errorFromResponse(response, service, hints?.unauthorized);
  }
}

function unreachable(service: string, url: string, hint: string | undefined, cause: unknown) {
  return new PipelineError(
    'SERVICE_UNREACHABLE',
    `no ${service} answers at ${url}${hint === undefined ? '' : `; ${hint}`}`,
    { stage: 'query', class: 'wait', cause },
  );
}

type Plain = string | number | boolean;

/** Input of a route whose type is not known here. */
interface LooseInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, Plain | readonly Plain[] | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
  readonly files?: Readonly<Record<string, Blob | undefined>>;
}

function requestOf({ path, body: schema, files, acceptsJson }: Route, input: LooseInput) {
  const headers = new Headers();
  for (const [name, value] of Object.entries(input.headers ?? {})) {
    if (value !== undefined) headers.set(name, value);
  }
  const request = { path: pathOf(path, input), headers };
  if (files !== undefined && !(acceptsJson && input.files === undefined)) {
    return { ...request, body: formOf(input) };
  }
  if (schema === undefined) return { ...request, body: null };
  headers.set('content-type', 'application/json');
  return { ...request, body: JSON.stringify(input.body ?? {}) };
}

function pathOf(template: string, { params = {}, query = {} }: LooseInput): string {
  const path = template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name]!));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of [value ?? []].flat()) search.append(name, String(each));
  }
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

function formOf({ body = {}, files = {} }: LooseInput): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(body as Record<string, Plain | undefined>)) {
    if (value !== undefined) form.append(name, String(value));
  }
  for (const [name, file] of Object.entries(files)) if (file) form.append(name, file);
  return form;
}

/**
 * The error of a response that is not a success: the service's own code and message where it has them.
 * @param unauthorized message of a 401, in place of the service's own
 */
export async function errorFromResponse(
  response: Response,
  service: string,
  unauthorized?: string,
): Promise<PipelineError> {
  const text = await response.text().catch(() => '');
  const body = errorBodySchema.safeParse(parseJson(text));
  const { status } = response;
  const options = {
    stage: 'query',
    class: status >= 500 || status === 429 ? 'retry' : 'quarantine',
    httpStatus: status,
  } as const;
  if (!body.success) {
    return new PipelineError(`HTTP_${status}`, `${service}: ${text.slice(0, 300)}`, options);
  }
  const { code, message, details } = body.data.error;
  return new PipelineError(code, status === 401 ? (unauthorized ?? message) : message, {
    ...options,
    ...(details && { details }),
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
