import { Module } from '@nestjs/common';
import { EnrolmentPhotos } from './enrolment-photos.js';
import { PersonRegistry } from './person-registry.js';

/** The records of people, without rules about them: all other features may read who is enrolled. */
@Module({
  providers: [PersonRegistry, EnrolmentPhotos],
  exports: [PersonRegistry, EnrolmentPhotos],
})
export class PeopleRecordsModule {}
