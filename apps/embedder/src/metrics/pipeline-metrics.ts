import { Counter, Histogram, Gauge } from 'prom-client';
import { DURATIONS, registers, tenantLabel } from '#shared/platform/observability/metrics.js';
import { recordStage } from '#shared/platform/observability/stage-timer.js';
import { type FacePipeline, type PipelineStats } from '#vision/face-pipeline.js';
import { NETWORK_ROLES, type NetworkRole } from '#vision/inference/inference-messages.js';
import { type PipelineObserver } from '#vision/pipeline-observer.js';

const batchSize = new Histogram({
  name: 'sightline_network_batch_size',
  help: 'Number of items in a batch.',
  labelNames: ['role'],
  buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  registers,
});

const batchWait = new Histogram({
  name: 'sightline_network_batch_wait_seconds',
  help: 'Time from the first item of a batch until the batch started.',
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

/** Turns the reports of the face pipeline into metrics. */
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

type NetworkStats = PipelineStats['networks'][NetworkRole];

/** What runs the networks and how much they did, read from the pipeline at each scrape. */
export function addEngineMetrics(pipeline: FacePipeline): void {
  new Gauge({
    name: 'sightline_engine_info',
    help: 'What each network really runs on.',
    labelNames: ['role', 'engine', 'device', 'precision', 'pack'],
    registers,
    collect() {
      this.reset();
      for (const { role, engine, device, precision, pack } of pipeline.facts.networks) {
        this.set({ role, engine, device, precision, pack }, 1);
      }
    },
  });
  new Gauge({
    name: 'sightline_engine_threads',
    help: 'Inference threads that are alive.',
    registers,
    collect() {
      this.set(pipeline.facts.threads);
    },
  });
  new Gauge({
    name: 'sightline_engine_sessions',
    help: 'Loaded networks, counted once per thread.',
    registers,
    collect() {
      this.set(pipeline.stats().held.sessions);
    },
  });
  new Gauge({
    name: 'sightline_engine_tensors',
    help: 'Tensors that TensorFlow keeps between batches (weights). A growing count is a leak.',
    registers,
    collect() {
      this.set(pipeline.stats().held.tensors);
    },
  });
  const sumPerNetwork = (name: string, help: string, read: (stats: NetworkStats) => number) =>
    new Counter({
      name,
      help,
      labelNames: ['role'],
      registers,
      collect() {
        this.reset();
        const { networks } = pipeline.stats();
        for (const role of NETWORK_ROLES) this.inc({ role }, read(networks[role]));
      },
    });
  sumPerNetwork('sightline_network_batches_total', 'Batches run.', ({ batches }) => batches);
  sumPerNetwork('sightline_network_items_total', 'Items in these batches.', ({ items }) => items);
  sumPerNetwork(
    'sightline_network_seconds_total',
    'Seconds that inference threads spent in the network.',
    ({ networkMs }) => networkMs / 1000,
  );
}
