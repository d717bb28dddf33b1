import { z } from 'zod';

/**
 * OpenTelemetry's own settings that decide whether there is tracing at all. Its SDK reads the others itself
 * (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, OTEL_BSP_*, …). The collector is the operator's, like
 * Redis: ALLOW_INTERNAL_ADDRESSES does not concern it.
 */
export const tracingConfigSchema = z
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
