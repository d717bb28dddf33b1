import { Histogram } from 'prom-client';
import { DURATIONS, registers } from './metrics.js';
import { exportedTraceId, recordSpan } from './tracing.js';

/** Timed steps of the path of an image, in their order. */
export type TimedStage =
  | ('list' | 'add')
  | ('fetch' | 'decode' | 'detect' | 'landmarks' | 'align' | 'embed' | 'hand_over')
  | ('search' | 'write_sightings' | 'finish');

const seconds = new Histogram({
  name: 'sightline_stage_seconds',
  help: 'Time that one image, or one page of list and add, spends in a stage; waiting for a batch counts.',
  // `trace_id` is the label of the exemplars.
  labelNames: ['stage', 'trace_id'],
  buckets: DURATIONS,
  registers,
  enableExemplars: true,
});

/** Runs a stage and records how long it took, even if it fails. */
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
  const traceId = exportedTraceId();
  // Each bucket keeps its last exemplar, so the slow buckets link to slow traces.
  const exemplarLabels = traceId ? { trace_id: traceId } : {};
  seconds.observe({ labels: { stage }, value: ms / 1000, exemplarLabels });
  recordSpan(stage, ms);
}
