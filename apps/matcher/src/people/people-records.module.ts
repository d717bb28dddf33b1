import { Module } from '@nestjs/common';
import { EnrolmentPhotos } from './enrolment-photos.js';
import { PersonRegistry } from './person-registry.js';

/**
 * Who is enrolled, and their photographs. Separate from PeopleModule, because features that PeopleModule imports
 * read them too.
 */
@Module({
  providers: [PersonRegistry, EnrolmentPhotos],
  exports: [PersonRegistry, EnrolmentPhotos],
})
export class PeopleRecordsModule {}
