import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { cliError } from '../cli-error.js';
import { type ApiClient } from './api-client.js';
import { galleryRebuildSchema, type GalleryRebuildView } from './gallery-schema.js';
import {
  cohortSampleSchema,
  identifySchema,
  personSchema,
  sightingSchema,
  templateSchema,
  verifySchema,
  type CohortSample,
  type Identification,
  type Person,
  type Sighting,
  type Verification,
} from './matcher-schemas.js';
import { pages } from './pages.js';
import { retentionStepSchema, type ExpiringKind, type RetentionStep } from './retention-schema.js';
import { readinessSchema } from './readiness-schema.js';

const peoplePageSchema = z.object({
  people: z.array(personSchema),
  cursor: z.string().nullish(),
});
const sightingsPageSchema = z.object({
  sightings: z.array(sightingSchema),
  cursor: z.string().nullish(),
});
const personWithTemplatesSchema = z.object({
  templates: z.array(z.object({ id: z.string() })),
});

export class MatcherApi {
  constructor(private readonly client: ApiClient) {}

  people(): AsyncGenerator<Person> {
    return pages(async (query) => {
      const page = await this.client.get(`/v1/people?${query}`, peoplePageSchema);
      return { items: page.people, cursor: page.cursor };
    });
  }

  addPerson(name: string): Promise<Person> {
    return this.client.post('/v1/people', { name }, personSchema);
  }

  renamePerson(id: string, name: string): Promise<Person> {
    return this.client.patch(personPath(id), { name }, personSchema);
  }

  deletePerson(id: string): Promise<void> {
    return this.client.delete(personPath(id));
  }

  async templateIds(id: string): Promise<readonly string[]> {
    const person = await this.client.get(personPath(id), personWithTemplatesSchema);
    return person.templates.map((template) => template.id);
  }

  /** @throws PipelineError NO_FACE, SEVERAL_FACES, FACE_UNUSABLE and those of decoding */
  async addTemplate(id: string, file: string): Promise<{ readonly id: string }> {
    const form = new FormData();
    await attach(form, 'image', file);
    return this.client.postForm(`${personPath(id)}/templates`, form, templateSchema);
  }

  async verify(
    file: string,
    other: { readonly file: string } | { readonly personId: string },
  ): Promise<Verification> {
    const form = new FormData();
    await attach(form, 'image1', file);
    if ('file' in other) await attach(form, 'image2', other.file);
    else form.append('personId', other.personId);
    return this.client.postForm('/v1/verify', form, verifySchema);
  }

  async identify(file: string, limit: number): Promise<Identification> {
    const form = new FormData();
    await attach(form, 'image', file);
    form.append('limit', String(limit));
    return this.client.postForm('/v1/identify', form, identifySchema);
  }

  sightings(store: string): AsyncGenerator<Sighting> {
    return pages(
      async (query) => {
        const page = await this.client.get(`/v1/sightings?${query}`, sightingsPageSchema);
        return { items: page.sightings, cursor: page.cursor };
      },
      { store },
    );
  }

  /** Why nobody is named and what to do about it; null when there are thresholds. */
  async namingProblem(): Promise<string | null> {
    const { checks } = await this.client.get('/health/ready', readinessSchema);
    return checks.find(({ name }) => name === 'policy')?.problem ?? null;
  }

  /** Embeddings of distinct strangers from what was seen; fewer than `count` when there are no more. */
  async sampleCohort(count: number, samePerson: number): Promise<CohortSample> {
    return this.client.post('/v1/cohort/sample', { count, samePerson }, cohortSampleSchema);
  }

  /** How far embedding the gallery again in the matcher's model space is. */
  galleryRebuild(): Promise<GalleryRebuildView> {
    return this.client.get('/v1/gallery/rebuild', galleryRebuildSchema);
  }

  startGalleryRebuild(): Promise<GalleryRebuildView> {
    return this.client.post('/v1/gallery/rebuild', {}, galleryRebuildSchema);
  }

  /** One step of deleting what is too old: to be asked again with the cursor until it is null. */
  expire(kind: ExpiringKind, request: Readonly<Record<string, unknown>>): Promise<RetentionStep> {
    return this.client.post(`/v1/retention/${kind}`, request, retentionStepSchema);
  }

  /** The match-event stream (server-sent events), from `lastEventId` on or from now. */
  async events(lastEventId: string | undefined, signal: AbortSignal): Promise<Response> {
    return this.client.fetch('/v1/events', {
      headers: {
        accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
      signal,
    });
  }
}

function personPath(id: string): string {
  return `/v1/people/${encodeURIComponent(id)}`;
}

async function attach(form: FormData, field: string, file: string): Promise<void> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw cliError('FILE_UNREADABLE', `cannot read ${file}: ${(error as Error).message}`, error);
  });
  form.append(field, new Blob([Uint8Array.from(bytes)]), path.basename(file));
}
