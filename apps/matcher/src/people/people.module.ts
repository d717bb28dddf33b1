import { Module } from '@nestjs/common';
import { GalleryModule } from '../gallery/gallery.module.js';
import { QueriesModule } from '../queries/queries.module.js';
import { RecognitionModule } from '../recognition/recognition.module.js';
import { VectorsModule } from '../vectors/vectors.module.js';
import { EnrolmentService } from './enrolment.service.js';
import { PeopleRecordsModule } from './people-records.module.js';
import { PeopleController, TemplatesController } from './people.controller.js';
import { PeopleService } from './people.service.js';

/** People and the photographs that they are enrolled with. */
@Module({
  imports: [VectorsModule, PeopleRecordsModule, GalleryModule, RecognitionModule, QueriesModule],
  controllers: [PeopleController, TemplatesController],
  providers: [PeopleService, EnrolmentService],
  exports: [PeopleService, EnrolmentService],
})
export class PeopleModule {}
