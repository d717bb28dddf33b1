import { type Dependency } from '#shared/contracts/dependency.js';
import { PipelineError, type ErrorClass, type Stage } from '#shared/contracts/pipeline-error.js';
import { type VectorStore } from '../vector-store.port.js';

/** The methods that the thread runs. `open` starts the thread, `close` ends it. */
type Methods = Omit<VectorStore, 'open' | 'close'>;
export type Method = keyof Methods;
export type Arguments<M extends Method> = Parameters<Methods[M]>;
export type Result<M extends Method> = Awaited<ReturnType<Methods[M]>>;

/** The same methods inside the thread, where most are synchronous. */
export type ThreadMethods = {
  [M in Method]: (...args: Arguments<M>) => Result<M> | Promise<Result<M>>;
};

export interface CallRequest {
  readonly kind: 'call';
  readonly call: number;
  readonly method: Method;
  readonly args: unknown[];
}
export type ThreadRequest = CallRequest | { readonly kind: 'close' };

export type ThreadResponse =
  | { readonly kind: 'open' }
  | { readonly kind: 'open-failed'; readonly error: PlainError }
  | { readonly kind: 'result'; readonly call: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly call: number; readonly error: PlainError };

/** A PipelineError as a plain object: a message between threads loses the class. */
interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly stage: Stage;
  readonly class: ErrorClass;
  readonly httpStatus: number;
  readonly dependency?: Dependency;
}

export function toPlainError(error: PipelineError): PlainError {
  const { code, message, stage, httpStatus, dependency } = error;
  return {
    code,
    message,
    stage,
    class: error.class,
    httpStatus,
    ...(dependency && { dependency }),
  };
}

export function fromPlainError({ code, message, ...options }: PlainError): PipelineError {
  return new PipelineError(code, message, options);
}
