import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { LANES } from '#shared/contracts/queue-contract.js';
import { registers } from '#shared/platform/observability/metrics.js';
import { PipelineLoad, type Load, type StageLoad } from './pipeline-load.js';

/** Depth of the queues, state of the imports and memory of Redis, read from Redis at each scrape. */
@Injectable()
export class LoadMetrics implements OnModuleInit {
  constructor(private readonly load: PipelineLoad) {}

  onModuleInit(): void {
    this.perStage('sightline_queue_active', 'Jobs in progress.', ({ depth }) => depth.active);
    this.perStage(
      'sightline_queue_delayed',
      'Jobs that were postponed or wait for a retry.',
      ({ depth }) => depth.delayed,
    );
    this.perStage(
      'sightline_queue_work',
      'What KEDA scales by: jobs that wait or are in progress, without jobs of paused imports.',
      ({ work }) => work,
    );
    this.perStage(
      'sightline_queue_oldest_seconds',
      'Waiting time of the oldest job that may be processed.',
      ({ oldestAgeSeconds }) => oldestAgeSeconds,
    );
    this.gauge(
      'sightline_queue_waiting',
      'Jobs that no worker has taken yet.',
      ['queue', 'lane'],
      ({ embedImage, matchFaces }, set) => {
        for (const { queue, depth } of [embedImage, matchFaces]) {
          for (const lane of LANES) set({ queue, lane }, depth[lane]);
        }
      },
    );
    this.gauge(
      'sightline_imports',
      'Imports that are not over, by status.',
      ['status'],
      ({ imports }, set) => {
        for (const [status, count] of imports) set({ status }, count);
      },
    );
    this.gauge('sightline_redis_used_bytes', 'Memory that Redis uses.', [], ({ redis }, set) =>
      set({}, redis.used),
    );
    this.gauge(
      'sightline_redis_limit_bytes',
      'Memory that Redis may use: its maxmemory, or the memory of its machine if maxmemory is not set.',
      [],
      ({ redis }, set) => set({}, redis.limit),
    );
  }

  private perStage(name: string, help: string, value: (stage: StageLoad) => number): void {
    this.gauge(name, help, ['queue'], ({ embedImage, matchFaces }, set) => {
      for (const stage of [embedImage, matchFaces]) set({ queue: stage.queue }, value(stage));
    });
  }

  /** While Redis is unavailable the gauge has no values, which an alert detects; other metrics still work. */
  private gauge(
    name: string,
    help: string,
    labelNames: string[],
    collect: (load: Load, set: (labels: Record<string, string>, value: number) => void) => void,
  ): void {
    const read = () => this.load.read().catch(() => null);
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        const load = await read();
        this.reset();
        if (load) collect(load, (labels, value) => this.set(labels, value));
      },
    });
  }
}
