import { collectDefaultMetrics, Registry } from 'prom-client';
import { type FacePipeline } from '#vision/face-pipeline.js';
import { addEngineMetrics } from './engine-metrics.js';

/** Process metrics (resident memory, CPU, event loop), and those of the networks when they are loaded. */
export function metricsRegistry(pipeline: FacePipeline | null): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  if (pipeline) addEngineMetrics(registry, pipeline);
  return registry;
}
