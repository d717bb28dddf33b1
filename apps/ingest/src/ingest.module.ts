import { Module, type DynamicModule } from '@nestjs/common';
import { MulterModule } from '@nestjs/platform-express';
import { imageUploadLimits } from '#shared/platform/http/uploads.js';
import { HealthController } from '#shared/platform/observability/health.js';
import { MetricsController } from '#shared/platform/observability/metrics.js';
import { CameraEventsController } from './cameras/camera-events.controller.js';
import { CameraEventsService } from './cameras/camera-events.service.js';
import { DeadLetterReplay } from './dead-letters/dead-letter-replay.js';
import { DeadLetterRepository } from './dead-letters/dead-letter-repository.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { DeadLettersService } from './dead-letters/dead-letters.service.js';
import { PageAdder } from './imports/add-page.js';
import { ImportLog, ImportRepository } from './imports/import-repository.js';
import { ImportSupervisor } from './imports/import-supervisor.js';
import { ImportsController } from './imports/imports.controller.js';
import { ImportsService } from './imports/imports.service.js';
import { LostImages } from './imports/lost-images.js';
import { PageRepository } from './imports/page-repository.js';
import { IngestConnections } from './ingest-connections.js';
import { type IngestConfig } from './ingest.config.js';
import { ingestProviders } from './ingest.providers.js';
import { PipelineBacklog } from './pipeline-backlog.js';
import { queueBoardProviders } from './queue-board/queue-board.providers.js';
import { LoadMetrics } from './scaling/load-metrics.js';
import { PipelineLoad } from './scaling/pipeline-load.js';
import { ScalingController } from './scaling/scaling.controller.js';

/** Drops images on the queue: archives page by page, camera snapshots ahead of them. */
@Module({})
export class IngestModule {
  static register(config: IngestConfig): DynamicModule {
    return {
      module: IngestModule,
      imports: [MulterModule.register(imageUploadLimits(config.MAX_UPLOAD_BYTES))],
      controllers: [
        HealthController,
        MetricsController,
        ScalingController,
        ImportsController,
        CameraEventsController,
        DeadLettersController,
      ],
      providers: [
        ...ingestProviders(config),
        ...queueBoardProviders(config.ADMIN_KEY),
        IngestConnections,
        ImportRepository,
        PageRepository,
        PageAdder,
        PipelineBacklog,
        PipelineLoad,
        LoadMetrics,
        LostImages,
        ImportSupervisor,
        ImportsService,
        ImportLog,
        CameraEventsService,
        DeadLetterRepository,
        DeadLetterReplay,
        DeadLettersService,
      ],
    };
  }
}
