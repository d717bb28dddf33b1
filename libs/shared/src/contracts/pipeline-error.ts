import { REDIS_DEPENDENCY, type Dependency } from './dependency.js';
import { redact, redactJson } from './redact.js';

/** Redis answers, but cannot run the command now. */
interface RedisTrouble {
  readonly code: 'REDIS_FULL' | 'REDIS_UNAVAILABLE';
  readonly message: string;
}

/** Error codes of such answers. Redis 6 puts text about the script before the code of a script's error. */
const TROUBLE = /(?:^|-)(OOM|MISCONF|LOADING|READONLY|BUSY|MASTERDOWN|NOREPLICAS) /;

/** @returns null for any other error, such as a mistake in a script: waiting does not help there */
export function redisTrouble(error: unknown): RedisTrouble | null {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return null;
  // A transaction only reports that it was discarded; the errors of its commands say why.
  const { previousErrors = [] } = error as { previousErrors?: readonly Error[] };
  const reason = [error, ...previousErrors].find(({ message }) => TROUBLE.test(message));
  if (!reason) return null;
  if (TROUBLE.exec(reason.message)?.[1] !== 'OOM') {
    return { code: 'REDIS_UNAVAILABLE', message: `Redis cannot write now: ${reason.message}` };
  }
  const message =
    'Redis has reached its maxmemory and accepts no more data; work waits until maxmemory is raised or keys expire';
  return { code: 'REDIS_FULL', message };
}

/** Step of the pipeline in which an error occurred. */
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
 * - `retry`: may work in a moment; a limited number of attempts with backoff
 * - `wait`: a dependency is unavailable; the job goes back to the queue and no attempt is counted
 * - `quarantine`: this input can never work; recorded as refused, never retried
 */
export const ERROR_CLASSES = ['retry', 'wait', 'quarantine'] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

interface PipelineErrorOptions {
  readonly stage: Stage;
  readonly class: ErrorClass;
  readonly cause?: unknown;
  /** Of an error of class `wait`: the unavailable dependency. */
  readonly dependency?: Dependency;
  /** HTTP status for an error that reaches an API caller. Default: 500. */
  readonly httpStatus?: number;
  /** Facts for the reader of the response or of the log. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one error type that crosses stages. `code` is stable; `message` says what to do. Secrets of the
 * settings are hidden in message and details, because these appear in logs, responses, events and queues.
 */
export class PipelineError extends Error {
  readonly stage: Stage;
  readonly class: ErrorClass;
  readonly dependency: Dependency | undefined;
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

/** Converts any thrown value to a PipelineError; an unknown error becomes `INTERNAL` of class `retry`. */
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

/** A problem that the user can correct; the command line prints `CODE: message`. */
export function usageError(code: string, message: string, cause?: unknown): PipelineError {
  return new PipelineError(code, message, { stage: 'config', class: 'quarantine', cause });
}
