import { redact, redactJson } from '../logging/redact.js';
import { REDIS_DEPENDENCY, redisTrouble } from './redis-trouble.js';

/** Where in the flow an error arose. */
export const STAGES = [
  'config',
  'ingest',
  'fetch',
  'decode',
  'detect',
  'embed',
  'match',
  'emit',
  'query',
  'models',
] as const;
export type Stage = (typeof STAGES)[number];

/**
 * What the pipeline does about an error.
 * - `retry`: may work in a moment; bounded attempts with backoff
 * - `wait`: a dependency is down; the job goes back to the queue and no attempt is burnt
 * - `quarantine`: this input can never work; recorded as refused, never tried again
 */
export type ErrorClass = 'retry' | 'wait' | 'quarantine';

export interface PipelineErrorOptions {
  readonly stage: Stage;
  readonly class: ErrorClass;
  readonly cause?: unknown;
  /** Of a class `wait` error: what is away, by the name that a job handler knows it by. */
  readonly dependency?: string;
  /** HTTP status for an error that reaches an API caller; 500 unless told. */
  readonly httpStatus?: number;
  /** Facts for the reader of the error body or of the log. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one error type that crosses stage borders. `code` is stable; `message` says what to do. Secrets of
 * the settings are hidden in both message and details: they end in logs, answers, events and queues.
 */
export class PipelineError extends Error {
  readonly stage: Stage;
  readonly class: ErrorClass;
  readonly dependency: string | undefined;
  readonly httpStatus: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: string,
    message: string,
    options: PipelineErrorOptions,
  ) {
    super(redact(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PipelineError';
    this.stage = options.stage;
    this.class = options.class;
    this.dependency = options.dependency;
    this.httpStatus = options.httpStatus ?? 500;
    this.details = redactJson(options.details ?? {});
  }

  get retryable(): boolean {
    return this.class !== 'quarantine';
  }
}

/** Any thrown value as a PipelineError; what nobody classified is retried under `INTERNAL`. */
export function toPipelineError(error: unknown, stage: Stage): PipelineError {
  if (error instanceof PipelineError) return error;
  const trouble = redisTrouble(error);
  if (trouble) {
    return new PipelineError(trouble.code, trouble.message, {
      ...{ stage, class: 'wait', dependency: REDIS_DEPENDENCY, httpStatus: 503, cause: error },
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new PipelineError('INTERNAL', message, { stage, class: 'retry', cause: error });
}
