import { type LogFields, withOnlyLogFields } from './logging.js';

export type SpanAttributes = Readonly<Record<string, string | number>>;

/** What a span is in the way of a message or a request. */
export type SpanKind = 'producer' | 'consumer' | 'server' | 'internal';

export interface Span {
  readonly traceId: string;
  /** W3C trace context, to carry to another process. */
  readonly traceparent: string;
  set(attributes: SpanAttributes): void;
  fail(code: string): void;
  end(): void;
}

interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes?: SpanAttributes;
  /** W3C trace context from another process; without, the span in hand is the parent, or none. */
  readonly parent?: string | undefined;
  /** When it began, if that was before now; milliseconds since the epoch. */
  readonly since?: number | undefined;
}

/** Where spans go. */
export interface Tracer {
  start(span: SpanStart): Span;
  /** Runs `work`, and whatever it starts, with the span in hand. */
  within<Result>(span: Span, work: () => Result): Result;
  /** Runs `work` with no span in hand: it outlives what started it. */
  apart<Result>(work: () => Result): Result;
  /** Adds to the span in hand, if there is one, a child that ends now. */
  record(name: string, durationMs: number): void;
  /** The span in hand, if its trace is kept. */
  kept(): Pick<Span, 'traceId' | 'traceparent'> | null;
  /** Sends what is left; gives up after its time. */
  stop(): Promise<void>;
}

/** One per process, as signals are. Null: tracing is off, and costs this one look. */
let current: Tracer | null = null;

export function tracer(): Tracer | null {
  return current;
}

export function useTracer(tracer: Tracer | null): void {
  current = tracer;
}

/** Runs work in the background, outside of the request or job that happens to start it. */
export function runApart<Result>(fields: LogFields, work: () => Result): Result {
  const traces = tracer();
  return withOnlyLogFields(fields, () => (traces ? traces.apart(work) : work()));
}
