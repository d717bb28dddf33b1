import { Logger } from '@nestjs/common';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { setTimeout as sleep } from 'node:timers/promises';

/** Time to send the last spans, milliseconds; an unavailable collector must not delay the end of a process. */
const FLUSH_LIMIT_MS = 2_000;

/**
 * Shortest time between two log lines about the same problem, milliseconds: the SDK reports an unavailable
 * collector every few seconds.
 */
const LOG_INTERVAL_MS = 60_000;

/**
 * Sends spans to a collector by OTLP over HTTP. They wait in a queue of OTEL_BSP_MAX_QUEUE_SIZE; spans are
 * dropped when the queue is full or the collector is unavailable. Imported only when tracing is on.
 * @returns sends the remaining spans and stops
 */
export function startSdk(serviceName: string): () => Promise<void> {
  logLostSpans();
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  return async () => {
    const limit = sleep(FLUSH_LIMIT_MS, undefined, { ref: false });
    await Promise.race([provider.shutdown().catch(() => undefined), limit]);
  };
}

/** Lost spans are no failure of the service, but a person who looks for them needs the reason. */
function logLostSpans(): void {
  const logger = new Logger('tracing');
  const loggedAt = new Map<string, number>();
  const log = (text: string) => {
    const kind = text.replaceAll(/\d+/g, '');
    if (Date.now() - (loggedAt.get(kind) ?? 0) < LOG_INTERVAL_MS) return;
    loggedAt.set(kind, Date.now());
    logger.warn(`spans are lost: ${messageOf(text)}`);
  };
  const ignore = () => undefined;
  diag.setLogger(
    { error: log, warn: log, info: ignore, debug: ignore, verbose: ignore },
    DiagLogLevel.WARN,
  );
}

/** The SDK logs an exception as JSON with its stack. */
function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
