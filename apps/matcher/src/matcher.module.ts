import { type DynamicModule, Inject, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { type Redis } from 'ioredis';
import { UploadsModule } from '#shared/platform/http/uploads.js';
import {
  Readiness,
  type ReadinessCheck,
  redisCheck,
  storeCheck,
} from '#shared/platform/observability/health.js';
import { PlatformModule } from '#shared/platform/platform.module.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { REDIS, UPLOADS } from '#shared/platform/tokens.js';
import { EventsModule } from './events/events.module.js';
import { GalleryRebuildModule } from './gallery/gallery-rebuild.module.js';
import { GallerySpaces } from './gallery/gallery-spaces.js';
import { GalleryModule } from './gallery/gallery.module.js';
import { type MatcherConfig } from './matcher.config.js';
import { PeopleModule } from './people/people.module.js';
import { QueriesModule } from './queries/queries.module.js';
import { type MatchPolicy, policyFacts } from './recognition/match-policy.js';
import { MATCH_POLICY } from './recognition/recogniser.js';
import { RecognitionModule } from './recognition/recognition.module.js';
import { RetentionModule } from './retention/retention.module.js';
import { SightingsModule } from './sightings/sightings.module.js';
import { MODEL_SPACE, type ModelSpace, VECTOR_STORE } from './tokens.js';
import { type VectorStore } from './vectors/vector-store.port.js';
import { VectorsModule } from './vectors/vectors.module.js';

/** Takes faces from the queue and names them; answers queries about people and sightings; emits match events. */
@Module({})
export class MatcherModule {
  static register(config: MatcherConfig): DynamicModule {
    return {
      module: MatcherModule,
      imports: [
        PlatformModule.forRoot('matcher', config),
        // POST /v1/verify takes two images.
        UploadsModule.forRoot(config, 2),
        ScheduleModule.forRoot(),
        VectorsModule,
        GalleryModule,
        RecognitionModule,
        QueriesModule,
        PeopleModule,
        GalleryRebuildModule,
        SightingsModule.register(config),
        EventsModule,
        RetentionModule,
      ],
    };
  }

  constructor(
    readiness: Readiness,
    @Inject(REDIS) redis: Redis,
    @Inject(UPLOADS) uploads: ObjectStore,
    @Inject(VECTOR_STORE) store: VectorStore,
    @Inject(MODEL_SPACE) { space }: ModelSpace,
    @Inject(MATCH_POLICY) policy: MatchPolicy,
    gallery: GallerySpaces,
  ) {
    readiness.add(
      redisCheck(redis),
      vectorsCheck(store, space),
      storeCheck('uploads', uploads),
      { name: 'gallery', check: () => gallery.check() },
      // Ready without thresholds too: it still records sightings. The facts say so.
      { name: 'policy', check: () => Promise.resolve(policyFacts(policy)) },
    );
  }
}

function vectorsCheck(store: VectorStore, space: string): ReadinessCheck {
  return {
    name: 'vectors',
    check: async () => {
      await store.check();
      return { space };
    },
  };
}
