import {
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  Controller,
} from '@nestjs/common';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { statsHttp } from '#shared/contracts/http/stats.http.js';
import { Route } from '#shared/platform/http/route.js';
import { FacePipeline } from '#vision/face-pipeline.js';
import { ImageFiles } from './image-files.js';

/** Milliseconds between two measurements; the time beyond that is the gap. */
const RESOLUTION_MS = 5;

/** The longest time for which the event loop was blocked: after some seconds BullMQ's locks would expire. */
@Injectable()
export class EventLoopGap implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  /** Starts when everything is loaded: compiling and loading networks does not count. */
  onApplicationBootstrap(): void {
    this.delay.enable();
  }

  onModuleDestroy(): void {
    this.delay.disable();
  }

  /** Milliseconds. */
  get longestMs(): number {
    return Math.max(0, this.delay.max / 1e6 - RESOLUTION_MS);
  }
}

/** Totals since the start of the process: where time is spent, and how full the batches are. */
@Controller()
export class StatsController {
  constructor(
    private readonly files: ImageFiles,
    private readonly pipeline: FacePipeline,
    private readonly gap: EventLoopGap,
  ) {}

  @Route(statsHttp.read)
  read() {
    return {
      ...this.pipeline.stats(),
      fetchMs: this.files.fetchMs,
      longestEventLoopGapMs: this.gap.longestMs,
      residentBytes: process.memoryUsage.rss(),
    };
  }
}
