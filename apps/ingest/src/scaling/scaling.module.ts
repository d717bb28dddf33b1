import { Module } from '@nestjs/common';
import { ImportsModule } from '../imports/imports.module.js';
import { LoadMetrics } from './load-metrics.js';
import { PipelineLoad } from './pipeline-load.js';
import { ScalingController } from './scaling.controller.js';

/** The load of each stage, for KEDA and Prometheus. */
@Module({
  imports: [ImportsModule],
  controllers: [ScalingController],
  providers: [PipelineLoad, LoadMetrics],
})
export class ScalingModule {}
