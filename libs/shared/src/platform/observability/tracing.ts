import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { type LogFields, withOnlyLogFields } from './logging.js';

/** Makes the spans of all services. Does nothing unless open-tracing.ts has started the SDK. */
export const tracer = trace.getTracer('sightline');

/** The context of a caller in another process, by its W3C header. */
export function contextOfCaller(traceparent: string | undefined): Context {
  return propagation.extract(ROOT_CONTEXT, { traceparent });
}

/** Trace id of the active span, if the trace is exported. */
export function exportedTraceId(): string | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  return active && active.traceFlags & TraceFlags.SAMPLED ? active.traceId : undefined;
}

/** W3C header of the active span, if the trace is exported. */
export function exportedTraceparent(): string | undefined {
  if (exportedTraceId() === undefined) return undefined;
  const headers: { traceparent?: string } = {};
  propagation.inject(context.active(), headers);
  return headers.traceparent;
}

/** Adds a child that ends now to the active span, if there is one. */
export function recordSpan(name: string, durationMs: number): void {
  if (!trace.getActiveSpan()) return;
  const end = Date.now();
  tracer.startSpan(name, { startTime: end - durationMs }).end(end);
}

export function markFailed(span: Span, code: string): void {
  span.setAttribute('code', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

/** Runs background work outside of the request or job that happens to start it. */
export function runApart<Result>(fields: LogFields, work: () => Result): Result {
  return withOnlyLogFields(fields, () => context.with(ROOT_CONTEXT, work));
}
