import { type DynamicModule, Module } from '@nestjs/common';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { QueueModule } from '#shared/platform/queue/queue.module.js';
import { GalleryModule } from '../gallery/gallery.module.js';
import { type MatcherConfig } from '../matcher.config.js';
import { PeopleRecordsModule } from '../people/people-records.module.js';
import { PeopleModule } from '../people/people.module.js';
import { RecognitionModule } from '../recognition/recognition.module.js';
import { VectorsModule } from '../vectors/vectors.module.js';
import { MatchFacesService } from './match-faces.service.js';
import { PastSearchService } from './past-search.service.js';
import { PastSearchController, SightingsController } from './sightings.controller.js';
import { SightingsService } from './sightings.service.js';

/** Names the faces on the queue and records them; lists sightings, and searches them for people enrolled later. */
@Module({})
export class SightingsModule {
  static register(config: MatcherConfig): DynamicModule {
    const { MATCHER_CONCURRENCY: concurrency } = config;
    return {
      module: SightingsModule,
      imports: [
        VectorsModule,
        PeopleRecordsModule,
        GalleryModule,
        RecognitionModule,
        PeopleModule,
        QueueModule.forFeature(matchFacesContract, MatchFacesService, {
          stage: 'match',
          concurrency,
          config,
        }),
      ],
      controllers: [SightingsController, PastSearchController],
      providers: [MatchFacesService, SightingsService, PastSearchService],
    };
  }
}
