import { cameraEventsHttp } from './camera-events.http.js';
import { cohortHttp } from './cohort.http.js';
import { deadLettersHttp } from './dead-letters.http.js';
import { eventsHttp } from './events.http.js';
import { galleryHttp } from './gallery.http.js';
import { healthHttp, metricsHttp } from './health.http.js';
import { importsHttp } from './imports.http.js';
import { peopleHttp } from './people.http.js';
import { recognitionHttp } from './recognition.http.js';
import { retentionHttp } from './retention.http.js';
import { type Route } from './route.js';
import { scalingHttp } from './scaling.http.js';
import { sightingsHttp } from './sightings.http.js';
import { statsHttp } from './stats.http.js';

/** What one service offers over HTTP. */
export interface ServiceApi {
  readonly title: string;
  readonly description: string;
  readonly routes: readonly Route[];
}

export const SERVICE_NAMES = ['ingest', 'embedder', 'matcher'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

const PROBES: readonly Route[] = [...Object.values(healthHttp), ...Object.values(metricsHttp)];

export const SERVICE_APIS: Readonly<Record<ServiceName, ServiceApi>> = {
  ingest: {
    title: 'Sightline ingest',
    description:
      'Puts images on the queue: archives by imports, snapshots of cameras by events. Shows, replays and deletes dead letters. With ADMIN_KEY set, `/admin/queues` is a page that shows the queues; it is not part of this API.',
    routes: [
      ...Object.values(importsHttp),
      ...Object.values(cameraEventsHttp),
      ...Object.values(deadLettersHttp),
      ...Object.values(scalingHttp),
      ...PROBES,
    ],
  },
  embedder: {
    title: 'Sightline embedder',
    description: 'Finds faces in images and embeds them. Its work comes from the queue.',
    routes: [...Object.values(statsHttp), ...PROBES],
  },
  matcher: {
    title: 'Sightline matcher',
    description:
      'Names faces, keeps people and sightings, answers verify and identify, and streams match events.',
    routes: [
      ...Object.values(peopleHttp),
      ...Object.values(recognitionHttp),
      ...Object.values(sightingsHttp),
      ...Object.values(eventsHttp),
      ...Object.values(retentionHttp),
      ...Object.values(galleryHttp),
      ...Object.values(cohortHttp),
      ...PROBES,
    ],
  },
};
