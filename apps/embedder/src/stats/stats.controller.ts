import { Controller, Get } from '@nestjs/common';
import { EmbedImageService } from '../embed-image.service.js';
import { FacePipeline } from '#vision/face-pipeline.js';
import { EventLoopGap } from './event-loop-gap.js';

/** Sums since the start: where the time goes, how full batches are. */
@Controller('stats')
export class StatsController {
  constructor(
    private readonly service: EmbedImageService,
    private readonly pipeline: FacePipeline,
    private readonly gap: EventLoopGap,
  ) {}

  @Get()
  read() {
    return {
      ...this.pipeline.stats(),
      fetchMs: this.service.fetchMs,
      longestEventLoopGapMs: this.gap.longestMs,
      residentBytes: process.memoryUsage.rss(),
    };
  }
}
