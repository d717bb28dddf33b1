import { Logger } from '@nestjs/common';
import {
  context,
  diag,
  DiagLogLevel,
  propagation,
  ROOT_CONTEXT,
  SpanKind as OtelKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Span as OtelSpan,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Span, type SpanAttributes, type SpanKind, type Tracer } from './tracing.js';

/** For what is left at the end; a collector that is away must not hold a process up. */
const FLUSH_LIMIT_MS = 2_000;

/** A collector that is away is complained of every few seconds; it is told so often, milliseconds. */
const TELL_EVERY_MS = 60_000;

const KINDS: Record<SpanKind, OtelKind> = {
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
  server: OtelKind.SERVER,
  internal: OtelKind.INTERNAL,
};

/**
 * Sends spans to a collector by OTLP over HTTP. They wait in a queue of OTEL_BSP_MAX_QUEUE_SIZE; those that
 * find it full, or the collector away, are dropped. Imported only when tracing is on.
 */
export function openOtelTracer(serviceName: string): Tracer {
  tellTrouble();
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  const spans = provider.getTracer('sightline');
  return {
    start({ name, kind, attributes = {}, parent, since }) {
      const base = parent
        ? propagation.extract(ROOT_CONTEXT, { traceparent: parent })
        : context.active();
      const options = { kind: KINDS[kind], attributes, ...(since && { startTime: since }) };
      return new RunningSpan(spans.startSpan(name, options, base));
    },
    within: (span, work) =>
      context.with(trace.setSpan(context.active(), (span as RunningSpan).span), work),
    apart: (work) => context.with(ROOT_CONTEXT, work),
    record(name, durationMs) {
      if (!trace.getActiveSpan()) return;
      const end = Date.now();
      spans.startSpan(name, { startTime: end - durationMs }).end(end);
    },
    kept() {
      const span = trace.getActiveSpan();
      const isKept = span && (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
      return isKept ? new RunningSpan(span) : null;
    },
    async stop() {
      const limit = sleep(FLUSH_LIMIT_MS, undefined, { ref: false });
      await Promise.race([provider.shutdown().catch(() => undefined), limit]);
    },
  };
}

/** Spans that are lost are nobody's failure, but whoever looks for them must be told why. */
function tellTrouble(): void {
  const logger = new Logger('tracing');
  const toldAt = new Map<string, number>();
  const tell = (text: string) => {
    const kind = text.replaceAll(/\d+/g, '');
    if (Date.now() - (toldAt.get(kind) ?? 0) < TELL_EVERY_MS) return;
    toldAt.set(kind, Date.now());
    logger.warn(`spans are lost: ${messageOf(text)}`);
  };
  const ignore = () => undefined;
  diag.setLogger(
    { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore },
    DiagLogLevel.WARN,
  );
}

/** An exception comes as JSON with its stack. */
function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}

class RunningSpan implements Span {
  constructor(readonly span: OtelSpan) {}

  get traceId(): string {
    return this.span.spanContext().traceId;
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  set(attributes: SpanAttributes): void {
    this.span.setAttributes(attributes);
  }

  fail(code: string): void {
    this.span.setAttribute('code', code);
    this.span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  }

  end(): void {
    this.span.end();
  }
}
