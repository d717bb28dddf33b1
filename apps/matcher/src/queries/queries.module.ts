import { Module } from '@nestjs/common';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { QueueModule } from '#shared/platform/queue/queue.module.js';
import { GalleryModule } from '../gallery/gallery.module.js';
import { PeopleRecordsModule } from '../people/people-records.module.js';
import { RecognitionModule } from '../recognition/recognition.module.js';
import { VectorsModule } from '../vectors/vectors.module.js';
import { FaceFinder } from './face-finder.js';
import { IdentifyService } from './identify.service.js';
import { IdentifyController, VerifyController } from './queries.controller.js';
import { AnswerSweeper, QuerySweeper } from './query-sweeper.js';
import { VerifyService } from './verify.service.js';

/** Answers about uploaded images: verify and identify. Other features use FaceFinder for their images. */
@Module({
  imports: [
    VectorsModule,
    PeopleRecordsModule,
    GalleryModule,
    RecognitionModule,
    QueueModule.producer(embedImageContract),
  ],
  controllers: [VerifyController, IdentifyController],
  providers: [FaceFinder, QuerySweeper, AnswerSweeper, VerifyService, IdentifyService],
  exports: [FaceFinder],
})
export class QueriesModule {}
