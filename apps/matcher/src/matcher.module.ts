import { Module, type DynamicModule } from '@nestjs/common';
import { MulterModule } from '@nestjs/platform-express';
import { HealthController } from '#shared/platform/observability/health.js';
import { imageUploadLimits } from '#shared/platform/http/uploads.js';
import { MetricsController } from '#shared/platform/observability/metrics.js';
import { CohortSampleController } from './cohort-sample/cohort-sample.controller.js';
import { CohortSampleService } from './cohort-sample/cohort-sample.service.js';
import { EventLog } from './events/event-log.js';
import { EventStreams } from './events/event-streams.js';
import { EventsController } from './events/events.controller.js';
import { Webhooks } from './events/webhooks.js';
import { AnswerSweeper } from './images/query-sweeper.js';
import { FaceFinder } from './images/face-finder.js';
import { QuerySweeper } from './images/query-sweeper.js';
import { GalleryController } from './gallery/gallery.controller.js';
import { galleryProviders } from './gallery/gallery.providers.js';
import { MatchFacesService } from './match-faces.service.js';
import { MatchFacesWorker } from './match-faces.worker.js';
import { type MatcherConfig } from './matcher.config.js';
import { MatcherConnections } from './matcher.connections.js';
import { matcherProviders } from './matcher.providers.js';
import { EnrolmentPhotos } from './people/enrolment-photos.js';
import { EnrolmentService } from './people/enrolment.service.js';
import { PeopleController } from './people/people.controller.js';
import { PeopleService } from './people/people.service.js';
import { PersonRegistry } from './people/person-registry.js';
import { TemplatesController } from './people/people.controller.js';
import { IdentifyController } from './queries/queries.controller.js';
import { IdentifyService } from './queries/identify.service.js';
import { VerifyController } from './queries/queries.controller.js';
import { VerifyService } from './queries/verify.service.js';
import { Recogniser } from './recognition/recogniser.js';
import { ExpiredEvents } from './retention/expired.js';
import { ExpiredSightings } from './retention/expired.js';
import { ExpiredSnapshots } from './retention/expired.js';
import { RetentionController } from './retention/retention.controller.js';
import { PastSearchController } from './sightings/sightings.controller.js';
import { PastSearchService } from './sightings/past-search.service.js';
import { SightingWriter } from './sightings/sighting-writer.js';
import { SightingsController } from './sightings/sightings.controller.js';
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
        SightingWriter,
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
