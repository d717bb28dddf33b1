import { z } from 'zod';
import { loadConfig } from '../settings/load-config.js';

/**
 * OpenTelemetry's own settings that decide whether tracing is on. Its SDK reads the others itself
 * (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, OTEL_BSP_*, …). The operator runs the collector, as
 * Redis: ALLOW_INTERNAL_ADDRESSES does not apply to it.
 */
const tracingConfigSchema = z
  .object({
    OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.url().optional(),
    OTEL_SDK_DISABLED: z.enum(['true', 'false']).default('false'),
    OTEL_SERVICE_NAME: z.string().optional(),
  })
  .transform((settings) => ({
    on:
      settings.OTEL_SDK_DISABLED === 'false' &&
      Boolean(settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT),
    serviceName: settings.OTEL_SERVICE_NAME,
  }));

/**
 * Switches tracing on when the environment names a collector. Without one the OpenTelemetry SDK is not loaded.
 * @returns sends the remaining spans; call it when the service has ended
 * @throws PipelineError CONFIG_INVALID
 */
export async function openTracing(service: string): Promise<() => Promise<void>> {
  const { on, serviceName } = loadConfig(tracingConfigSchema);
  if (!on) return () => Promise.resolve();
  const { startSdk } = await import('./otel-sdk.js');
  return startSdk(serviceName ?? service);
}
