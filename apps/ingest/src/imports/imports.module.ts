import { Module } from '@nestjs/common';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { QueueModule } from '#shared/platform/queue/queue.module.js';
import { AdmissionModule } from '../admission/admission.module.js';
import { PageAdder } from './add-page.js';
import { ImportLog, ImportRepository } from './import-repository.js';
import { ImportSupervisor } from './import-supervisor.js';
import { ImportsController } from './imports.controller.js';
import { ImportsService } from './imports.service.js';
import { LostImages } from './lost-images.js';
import { PageRepository } from './page-repository.js';
import { PipelineBacklog } from './pipeline-backlog.js';

/** Archives: lists their images page by page and admits them while the backlog is short. */
@Module({
  imports: [
    AdmissionModule,
    QueueModule.producer(embedImageContract),
    QueueModule.producer(matchFacesContract),
  ],
  controllers: [ImportsController],
  providers: [
    ImportRepository,
    ImportLog,
    PageRepository,
    PageAdder,
    LostImages,
    PipelineBacklog,
    ImportSupervisor,
    ImportsService,
  ],
  exports: [ImportRepository, PipelineBacklog],
})
export class ImportsModule {}
