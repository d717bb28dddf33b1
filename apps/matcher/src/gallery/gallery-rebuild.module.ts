import { Module } from '@nestjs/common';
import { PeopleRecordsModule } from '../people/people-records.module.js';
import { PeopleModule } from '../people/people.module.js';
import { VectorsModule } from '../vectors/vectors.module.js';
import { GalleryRebuild } from './gallery-rebuild.service.js';
import { GalleryController } from './gallery.controller.js';
import { GalleryModule } from './gallery.module.js';
import { PersonRebuilder } from './rebuild-person.js';
import { RebuildRepository } from './rebuild-repository.js';

/**
 * Embeds galleries again after a change of the model pack. Not part of GalleryModule: it needs PeopleModule,
 * which imports GalleryModule.
 */
@Module({
  imports: [VectorsModule, PeopleRecordsModule, GalleryModule, PeopleModule],
  controllers: [GalleryController],
  providers: [RebuildRepository, PersonRebuilder, GalleryRebuild],
})
export class GalleryRebuildModule {}
