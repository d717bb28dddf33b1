import { Module } from '@nestjs/common';
import { CONFIG } from '#shared/platform/tokens.js';
import { GalleryModule } from '../gallery/gallery.module.js';
import { type MatcherConfig } from '../matcher.config.js';
import { PeopleRecordsModule } from '../people/people-records.module.js';
import { MODEL_SPACE, type ModelSpace, VECTOR_STORE } from '../tokens.js';
import { type VectorStore } from '../vectors/vector-store.port.js';
import { VectorsModule } from '../vectors/vectors.module.js';
import { CohortSampleController } from './cohort-sample.controller.js';
import { CohortSampleService } from './cohort-sample.service.js';
import { GallerySize } from './gallery-size.js';
import { createMatchPolicy } from './match-policy.js';
import { MATCH_POLICY, Recogniser } from './recogniser.js';
import { openScores, Scores } from './scores.js';

/** Decides who a face shows: scores, thresholds and the match policy. */
@Module({
  imports: [VectorsModule, PeopleRecordsModule, GalleryModule],
  controllers: [CohortSampleController],
  providers: [
    {
      provide: MATCH_POLICY,
      inject: [CONFIG, MODEL_SPACE],
      useFactory: (config: MatcherConfig, model: ModelSpace) => createMatchPolicy(config, model),
    },
    { provide: Scores, inject: [CONFIG, MODEL_SPACE, VECTOR_STORE], useFactory: openScores },
    {
      provide: GallerySize,
      inject: [VECTOR_STORE],
      useFactory: (store: VectorStore) => new GallerySize((tenant) => store.countGallery(tenant)),
    },
    Recogniser,
    CohortSampleService,
  ],
  exports: [MATCH_POLICY, Scores, GallerySize, Recogniser],
})
export class RecognitionModule {}
