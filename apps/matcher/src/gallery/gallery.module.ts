import { Module } from '@nestjs/common';
import { PeopleRecordsModule } from '../people/people-records.module.js';
import { VectorsModule } from '../vectors/vectors.module.js';
import { GalleryCensus } from './gallery-census.js';
import { GalleryLosses } from './gallery-losses.js';
import { GalleryReturn } from './gallery-return.js';
import { GallerySpaces } from './gallery-spaces.js';
import { OtherSpaces } from './other-spaces.js';

/** The model space of each tenant's gallery, and the galleries of earlier spaces. */
@Module({
  imports: [VectorsModule, PeopleRecordsModule],
  providers: [GallerySpaces, GalleryLosses, OtherSpaces, GalleryCensus, GalleryReturn],
  exports: [GallerySpaces, GalleryLosses, OtherSpaces],
})
export class GalleryModule {}
