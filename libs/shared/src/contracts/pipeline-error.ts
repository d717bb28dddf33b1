import { redact, redactJson } from './redact.js';

/** What every job needs, as the dependency of an error of class `wait`. */
export const REDIS_DEPENDENCY = 'redis';

/** Redis answers, but cannot do now what it is asked. */
interface RedisTrouble {
  readonly code: 'REDIS_FULL' | 'REDIS_UNAVAILABLE';
  readonly message: string;
}

/** First word of an error that says so; that of a script's stands behind what Redis 6 says of the script. */
const TROUBLE = /(?:^|-)(OOM|MISCONF|LOADING|READONLY|BUSY|MASTERDOWN|NOREPLICAS) /;

/** @returns null for anything else, such as a script's own error: that one does not pass by waiting */
export function redisTrouble(error: unknown): RedisTrouble | null {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return null;
  // A transaction only says that it was discarded; the commands before say why.
  const { previousErrors = [] } = error as { previousErrors?: readonly Error[] };
  const reason = [error, ...previousErrors].find(({ message }) => TROUBLE.test(message));
  if (!reason) return null;
  if (TROUBLE.exec(reason.message)?.[1] !== 'OOM') {
    return { code: 'REDIS_UNAVAILABLE', message: `Redis cannot write now: ${reason.message}` };
  }
  const message =
    'Redis has reached its maxmemory and takes no more; work waits until it is raised or keys expire';
  return { code: 'REDIS_FULL', message };
}

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

interface PipelineErrorOptions {
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
      stage,
      class: 'wait',
      dependency: REDIS_DEPENDENCY,
      httpStatus: 503,
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new PipelineError('INTERNAL', message, { stage, class: 'retry', cause: error });
}

/** A problem that the person who gave the input can correct; the command line prints `CODE: message`. */
export function usageError(code: string, message: string, cause?: unknown): PipelineError {
  return new PipelineError(code, message, { stage: 'config', class: 'quarantine', cause });
}
