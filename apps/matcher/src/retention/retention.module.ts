import { Module } from '@nestjs/common';
import { GalleryModule } from '../gallery/gallery.module.js';
import { VectorsModule } from '../vectors/vectors.module.js';
import { ExpiredEvents, ExpiredSightings, ExpiredSnapshots } from './expired.js';
import { RetentionController } from './retention.controller.js';

/** Deletes sightings, snapshots and events that a tenant must not keep any longer. */
@Module({
  imports: [VectorsModule, GalleryModule],
  controllers: [RetentionController],
  providers: [ExpiredSightings, ExpiredSnapshots, ExpiredEvents],
})
export class RetentionModule {}
