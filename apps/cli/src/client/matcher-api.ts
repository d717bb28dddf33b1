import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { encodedEmbeddingSchema, metricSchema } from '#shared/contracts/embedding.js';
import { boxSchema, imageRefSchema } from '#shared/contracts/image-ref.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { type ApiClient, pages } from './api-client.js';

const count = z.number().int().nonnegative();

/** How far embedding the gallery again is, as the matcher answers. */
const galleryRebuildSchema = z.object({
  /** Model space that the matcher works in. */
  space: z.string(),
  /** Whether there is a gallery of another space. */
  needed: z.boolean(),
  state: z.enum(['none', 'listing', 'running', 'done', 'failed']),
  people: count,
  /** People who are still to be embedded. */
  left: count,
  /** Photographs. */
  embedded: count,
  failed: count,
  /** Why nothing moves. */
  waitsFor: z.object({ code: z.string(), message: z.string() }).optional(),
  failures: z.array(
    z.object({
      personId: z.string(),
      name: z.string().nullable(),
      /** Key in the uploads store. */
      photograph: z.string(),
      code: z.string(),
      message: z.string(),
    }),
  ),
  /** Galleries and sightings of other spaces, and where they lie. */
  kept: z.array(z.object({ space: z.string(), place: z.string() })),
});
export type GalleryRebuildView = z.output<typeof galleryRebuildSchema>;

const personSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** How many photographs are enrolled. */
  templates: z.union([
    z.number().int().nonnegative(),
    z.array(z.unknown()).transform((templates) => templates.length),
  ]),
});
type Person = z.output<typeof personSchema>;

const templateSchema = z.object({ id: z.string() });

const sightingSchema = z.object({
  id: z.string(),
  imageId: z.string(),
  image: imageRefSchema,
  /** Pixels of the upright image. */
  width: z.number().positive(),
  height: z.number().positive(),
  box: boxSchema,
  personId: z.string().nullable(),
  personName: z.string().nullish(),
  /** Of the best person, null when the gallery was empty. */
  score: z.number().nullable(),
  /** What the score is in. */
  metric: metricSchema,
  quality: z.number(),
  /** Milliseconds since the epoch, or ISO 8601. */
  decidedAt: z.coerce.date(),
});
export type Sighting = z.output<typeof sightingSchema>;

const candidateSchema = z.object({ personId: z.string(), name: z.string(), score: z.number() });

/** `extrapolated`: the rate is stricter than any that was measured; `set`: by MATCH_THRESHOLD. */
const thresholdBasisSchema = z.enum(['measured', 'extrapolated', 'set']);

const verifySchema = z.object({
  same: z.boolean(),
  score: z.number(),
  /** What score and threshold are in. */
  metric: metricSchema,
  threshold: z.number(),
  thresholdBasis: thresholdBasisSchema,
  /** Null when the threshold was set. */
  falseAcceptRate: z.number().nullable(),
  /** Cosine, whatever the metric. */
  similarity: z.number(),
  distance: z.number(),
  space: z.string(),
  faces: z.array(z.object({ box: boxSchema.optional(), personId: z.string().optional() })),
});
type Verification = z.output<typeof verifySchema>;

export const identifySchema = z.object({
  width: z.number(),
  height: z.number(),
  space: z.string(),
  metric: metricSchema,
  /** Null when the model pack is uncalibrated; then nobody is named. */
  threshold: z.number().nullable(),
  thresholdBasis: thresholdBasisSchema.nullable(),
  faces: z.array(
    z.object({
      box: boxSchema,
      quality: z.number(),
      decision: z.enum(['person', 'unknown']),
      reason: z.string().nullish(),
      candidates: z.array(candidateSchema),
    }),
  ),
  unusable: z.array(z.object({ box: boxSchema, reason: z.string() })),
});
export type Identification = z.output<typeof identifySchema>;

const cohortSampleSchema = z.object({
  space: z.string(),
  dimension: z.number().int().positive(),
  embeddings: z.array(encodedEmbeddingSchema),
});
type CohortSample = z.output<typeof cohortSampleSchema>;

/** What the matcher deletes when it is too old, in the order in which it goes. */
export const EXPIRING_KINDS = ['sightings', 'snapshots', 'events'] as const;
export type ExpiringKind = (typeof EXPIRING_KINDS)[number];

const retentionStepSchema = z.object({
  count: z.number().int().nonnegative(),
  cursor: z.string().nullable(),
  /** What should have gone and did not. */
  failed: z.number().int().nonnegative().default(0),
  problem: z.object({ code: z.string(), message: z.string() }).optional(),
});
type RetentionStep = z.output<typeof retentionStepSchema>;

/** What a service answers to GET /health/ready. */
export const readinessSchema = z.object({
  checks: z.array(
    z.object({
      name: z.string(),
      ok: z.boolean(),
      reason: z.string().optional(),
      lasting: z.boolean().optional(),
      /** Of the matcher's policy: why it names nobody, though it is ready. */
      problem: z.string().optional(),
    }),
  ),
});

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
    throw usageError('FILE_UNREADABLE', `cannot read ${file}: ${(error as Error).message}`, error);
  });
  form.append(field, new Blob([Uint8Array.from(bytes)]), path.basename(file));
}
