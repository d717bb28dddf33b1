import { Counter, Histogram } from 'prom-client';
import { DURATIONS, registers } from '#shared/metrics/registry.js';
import { recordStage } from '#shared/metrics/stage-timer.js';
import { tenantLabel } from '#shared/metrics/tenant-label.js';
import { type PipelineObserver } from '#vision/pipeline-observer.js';

const batchSize = new Histogram({
  name: 'sightline_network_batch_size',
  help: 'Items a batch.',
  labelNames: ['role'],
  buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  registers,
});

const batchWait = new Histogram({
  name: 'sightline_network_batch_wait_seconds',
  help: 'How long the first item of a batch waited until the batch began.',
  labelNames: ['role'],
  buckets: DURATIONS,
  registers,
});

const faces = new Counter({
  name: 'sightline_faces_total',
  help: 'Faces that this process found.',
  labelNames: ['tenant'],
  registers,
});

/** Puts what the model path does into metrics. */
export const pipelineMetrics: PipelineObserver = {
  stage: (stage, begin, end) => recordStage(stage, end - begin),
  batch: (role, items, waitedMs) => {
    batchSize.observe({ role }, items);
    batchWait.observe({ role }, waitedMs / 1000);
  },
};

export function countFaces(tenant: string, count: number): void {
  faces.inc({ tenant: tenantLabel.of(tenant) }, count);
}
