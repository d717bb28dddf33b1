import {
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  Controller,
  Get,
} from '@nestjs/common';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { FacePipeline } from '#vision/face-pipeline.js';
import { ImageFiles } from './image-files.js';

/** Milliseconds between two looks; a gap is what passes beyond it. */
const RESOLUTION_MS = 5;

/** The longest time the event loop did not turn: past some seconds BullMQ's locks would run out. */
@Injectable()
export class EventLoopGap implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  /** Starts when everything is loaded: compiling and loading networks is no load. */
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

/** Sums since the start: where the time goes, how full batches are. */
@Controller('stats')
export class StatsController {
  constructor(
    private readonly files: ImageFiles,
    private readonly pipeline: FacePipeline,
    private readonly gap: EventLoopGap,
  ) {}

  @Get()
  read() {
    return {
      ...this.pipeline.stats(),
      fetchMs: this.files.fetchMs,
      longestEventLoopGapMs: this.gap.longestMs,
      residentBytes: process.memoryUsage.rss(),
    };
  }
}
