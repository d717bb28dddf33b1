import { Module, type DynamicModule } from '@nestjs/common';
import { MulterModule } from '@nestjs/platform-express';
import { imageUploadLimits } from '#shared/platform/http/uploads.js';
import { HealthController } from '#shared/platform/observability/health.js';
import { MetricsController } from '#shared/platform/observability/metrics.js';
import { EventLog } from './events/event-log.js';
import { EventStreams } from './events/event-streams.js';
import { EventsController } from './events/events.controller.js';
import { Webhooks } from './events/webhooks.js';
import { GalleryController } from './gallery/gallery.controller.js';
import { galleryProviders } from './gallery/gallery.providers.js';
import { MatchFacesWorker } from './match-faces.worker.js';
import { type MatcherConfig } from './matcher.config.js';
import { MatcherConnections } from './matcher.connections.js';
import { matcherProviders } from './matcher.providers.js';
import { EnrolmentPhotos } from './people/enrolment-photos.js';
import { EnrolmentService } from './people/enrolment.service.js';
import { PeopleController, TemplatesController } from './people/people.controller.js';
import { PeopleService } from './people/people.service.js';
import { PersonRegistry } from './people/person-registry.js';
import { FaceFinder } from './queries/face-finder.js';
import { IdentifyService } from './queries/identify.service.js';
import { IdentifyController, VerifyController } from './queries/queries.controller.js';
import { AnswerSweeper, QuerySweeper } from './queries/query-sweeper.js';
import { VerifyService } from './queries/verify.service.js';
import { CohortSampleController } from './recognition/cohort-sample.controller.js';
import { CohortSampleService } from './recognition/cohort-sample.service.js';
import { Recogniser } from './recognition/recogniser.js';
import { ExpiredEvents, ExpiredSightings, ExpiredSnapshots } from './retention/expired.js';
import { RetentionController } from './retention/retention.controller.js';
import { MatchFacesService } from './sightings/match-faces.service.js';
import { PastSearchService } from './sightings/past-search.service.js';
import { PastSearchController, SightingsController } from './sightings/sightings.controller.js';
import { SightingsService } from './sightings/sightings.service.js';

/** Names faces, keeps people and sightings, answers queries and tells the world. */
@Module({})
export class MatcherModule {
  static register(config: MatcherConfig): DynamicModule {
    return {
      module: MatcherModule,
      imports: [MulterModule.register(imageUploadLimits(config.MAX_UPLOAD_BYTES))],
      controllers: [
        HealthController,
        MetricsController,
        PeopleController,
        TemplatesController,
        VerifyController,
        IdentifyController,
        SightingsController,
        PastSearchController,
        GalleryController,
        EventsController,
        CohortSampleController,
        RetentionController,
      ],
      providers: [
        ...matcherProviders(config),
        MatcherConnections,
        ...galleryProviders,
        MatchFacesWorker,
        MatchFacesService,
        Recogniser,
        PersonRegistry,
        PeopleService,
        EnrolmentService,
        EnrolmentPhotos,
        FaceFinder,
        QuerySweeper,
        AnswerSweeper,
        VerifyService,
        IdentifyService,
        SightingsService,
        PastSearchService,
        CohortSampleService,
        ExpiredSightings,
        ExpiredSnapshots,
        ExpiredEvents,
        EventLog,
        EventStreams,
        Webhooks,
      ],
    };
  }
}
