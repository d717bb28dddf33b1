import { Module } from '@nestjs/common';
import { readEmbeddingManifest } from '#models/packs/read-pack.js';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { QueueModule } from '#shared/platform/queue/queue.module.js';
import { CONFIG } from '#shared/platform/tokens.js';
import { type IngestConfig } from '../ingest.config.js';
import { ImageAdmission, SPACE } from './image-admission.js';
import { TenantTurns } from './tenant-turns.js';

@Module({
  imports: [QueueModule.producer(embedImageContract)],
  providers: [
    ImageAdmission,
    TenantTurns,
    {
      provide: SPACE,
      inject: [CONFIG],
      useFactory: async ({ MODELS_DIR, MODEL_PACK }: IngestConfig) =>
        (await readEmbeddingManifest(MODELS_DIR, MODEL_PACK)).space,
    },
  ],
  exports: [ImageAdmission, SPACE],
})
export class AdmissionModule {}
