import { type DynamicModule, Inject, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { type Redis } from 'ioredis';
import { UploadsModule } from '#shared/platform/http/uploads.js';
import { Readiness, redisCheck, storeChecks } from '#shared/platform/observability/health.js';
import { PlatformModule } from '#shared/platform/platform.module.js';
import { ObjectStores } from '#shared/platform/storage/open-stores.js';
import { REDIS } from '#shared/platform/tokens.js';
import { AdmissionModule } from './admission/admission.module.js';
import { SPACE } from './admission/image-admission.js';
import { CamerasModule } from './cameras/cameras.module.js';
import { DeadLettersModule } from './dead-letters/dead-letters.module.js';
import { ImportsModule } from './imports/imports.module.js';
import { type IngestConfig } from './ingest.config.js';
import { QueueBoardModule } from './queue-board/queue-board.module.js';
import { ScalingModule } from './scaling/scaling.module.js';

/** Puts images on the queue: archives page by page, camera snapshots ahead of them. */
@Module({})
export class IngestModule {
  static register(config: IngestConfig): DynamicModule {
    return {
      module: IngestModule,
      imports: [
        PlatformModule.forRoot('ingest', config),
        UploadsModule.forRoot(config, 1),
        ScheduleModule.forRoot(),
        AdmissionModule,
        ImportsModule,
        CamerasModule,
        DeadLettersModule,
        ScalingModule,
        QueueBoardModule.register(config.ADMIN_KEY),
      ],
    };
  }

  constructor(
    readiness: Readiness,
    @Inject(REDIS) redis: Redis,
    stores: ObjectStores,
    @Inject(SPACE) space: string,
  ) {
    readiness.add(redisCheck(redis, { space }), ...storeChecks(stores));
  }
}
