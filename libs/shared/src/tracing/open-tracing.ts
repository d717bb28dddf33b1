import { loadConfig } from '../config/load-config.js';
import { tracingConfigSchema } from './tracing.config.js';
import { useTracer } from './tracing.js';

/**
 * Switches tracing on when the environment names a collector; else nothing of OpenTelemetry is loaded.
 * @throws PipelineError CONFIG_INVALID
 */
export async function openTracing(service: string): Promise<void> {
  const { on, serviceName } = loadConfig(tracingConfigSchema);
  if (!on) return;
  const { openOtelTracer } = await import('./otel-tracer.js');
  useTracer(openOtelTracer(serviceName ?? service));
}
