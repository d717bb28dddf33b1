import { Controller, Get } from '@nestjs/common';
import { ImageFiles } from '../image-files.js';
import { FacePipeline } from '#vision/face-pipeline.js';
import { EventLoopGap } from './event-loop-gap.js';

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
