import { Histogram } from 'prom-client';
import { DURATIONS, registers } from './metrics.js';
import { tracer } from './tracing.js';

/** Steps of an image's way that are timed, in their order. */
export type TimedStage =
  | ('list' | 'add')
  | ('fetch' | 'decode' | 'detect' | 'landmarks' | 'align' | 'embed' | 'hand_over')
  | ('search' | 'write_sightings' | 'finish');

const seconds = new Histogram({
  name: 'sightline_stage_seconds',
  help: 'Time that one image, or one page of list and add, spends in a stage; waiting for a batch counts.',
  // The second is an exemplar's.
  labelNames: ['stage', 'trace_id'],
  buckets: DURATIONS,
  registers,
  enableExemplars: true,
});

/** Runs a stage and records how long it took, whether or not it went well. */
export async function timed<Result>(
  stage: TimedStage,
  work: () => Promise<Result>,
): Promise<Result> {
  const begin = performance.now();
  try {
    return await work();
  } finally {
    recordStage(stage, performance.now() - begin);
  }
}

export function recordStage(stage: TimedStage, ms: number): void {
  const traces = tracer();
  const traceId = traces?.kept()?.traceId;
  // Each bucket keeps its last one, so that the slow ones show slow traces.
  const exemplarLabels = traceId ? { trace_id: traceId } : {};
  seconds.observe({ labels: { stage }, value: ms / 1000, exemplarLabels });
  traces?.record(stage, ms);
}
