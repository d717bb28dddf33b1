import { z } from 'zod';
import { VECTOR_STORE_DEPENDENCY } from '#shared/contracts/dependency.js';
import { imageSourceSchema } from '#shared/contracts/embed-image.contract.js';
import { metricSchema } from '#shared/contracts/embedding.js';
import {
  boxSchema,
  derivedIdSchema,
  imageRefSchema,
  tenantSchema,
} from '#shared/contracts/image-ref.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

const templateStatisticsSchema = z.object({
  /** Identifies the cohort and the settings: statistics of another normalisation are not comparable. */
  normalisation: z.string(),
  mean: z.number(),
  deviation: z.number().positive(),
});

/** Mean and deviation of a template's best similarities to a cohort of strangers. */
export type TemplateStatistics = Readonly<z.output<typeof templateStatisticsSchema>>;

const templateSchema = z.object({
  id: derivedIdSchema,
  tenant: tenantSchema,
  personId: z.string(),
  faceId: z.string(),
  /** The enrolment photograph. It is kept so that another model can embed it again. */
  image: imageRefSchema,
  box: boxSchema,
  quality: z.number(),
  /** Milliseconds since the epoch. */
  enrolledAt: z.number(),
  /** Null when scores were not normalised at the time. Records of older versions do not have it. */
  statistics: templateStatisticsSchema.nullable().default(null),
});

/** An enrolled face of a person. */
export type Template = Readonly<z.output<typeof templateSchema>>;

export interface StoredTemplate extends Template {
  /** Unit norm, in the store's model space. */
  readonly vector: Float32Array;
}

/** Parses a record that an adapter has read. Adapters store records without the vector. */
export function parseTemplate(value: unknown): Template {
  return templateSchema.parse(value);
}

const sightingSchema = z.object({
  /** The id of the face. */
  id: derivedIdSchema,
  tenant: tenantSchema,
  imageId: z.string(),
  image: imageRefSchema,
  /** Pixels of the upright image. */
  width: z.number(),
  height: z.number(),
  /** Whether the file ends before the picture does. Records of older versions do not have it. */
  incomplete: z.boolean().default(false),
  box: boxSchema,
  source: imageSourceSchema,
  cameraId: z.string().nullable(),
  /** Milliseconds since the epoch. */
  observedAt: z.number().nullable(),
  detectionScore: z.number(),
  quality: z.number(),
  /** Null when the face was not named. */
  personId: z.string().nullable(),
  /** Score of the best person, null when the gallery was empty. */
  score: z.number().nullable(),
  /** Unit of the score. Records of older versions do not have it. */
  metric: metricSchema.default('cosine'),
  /** Milliseconds since the epoch. */
  decidedAt: z.number(),
});

/** A face that was seen in an image, with the decision about it. */
export type Sighting = Readonly<z.output<typeof sightingSchema>>;

export interface StoredSighting extends Sighting {
  readonly vector: Float32Array;
}

/** Parses a record that an adapter has read. */
export function parseSighting(value: unknown): Sighting {
  return sightingSchema.parse(value);
}

/** Selects sightings; fields that are not set match every sighting. */
export interface SightingFilter {
  readonly store?: string;
  /** Null: sightings that were not named. */
  readonly personId?: string | null;
  readonly cameraId?: string;
  /** Range of `observedAt`, milliseconds since the epoch, both ends included. */
  readonly from?: number;
  readonly to?: number;
}

/** Selects the sightings whose retention time is over. */
export interface SightingExpiry {
  readonly store?: string;
  readonly cameraId?: string;
  /** Only sightings from cameras. */
  readonly ofCameras?: boolean;
  /** Sightings with an older `decidedAt`. Milliseconds since the epoch, not included. */
  readonly decidedBefore: number;
}

export interface TemplateQuery {
  readonly tenant: string;
  readonly vector: Float32Array;
  /** Maximum number of templates. */
  readonly limit: number;
}

/** Embeddings of strangers that scores are normalised by. */
export interface Cohort {
  readonly sha256: string;
  readonly vectors: readonly Float32Array[];
}

export interface CohortQuery {
  readonly vector: Float32Array;
  /** Maximum number of similarities. */
  readonly limit: number;
}

export interface Scored<T> {
  readonly item: T;
  /** From the store: cosine similarity, −1 to 1. From Scores: a score in the metric of the pack. */
  readonly score: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Pass it to read the next page; null on the last page. */
  readonly cursor: string | null;
}

/**
 * Gallery, sightings and cohort of one model space.
 * - A write is durable and visible to every reader when its promise resolves. Writing a record with
 *   the same id replaces it.
 * - Every call except those for the cohort is limited to one tenant.
 * - Throws PipelineError VECTOR_STORE_UNAVAILABLE (wait) when the store cannot be reached, and
 *   SPACE_MISMATCH when its vectors or the given ones have another dimension.
 */
export interface VectorStore {
  /** Creates missing tables or collections. Called once before every other method. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Resolves when the store answers. */
  check(): Promise<void>;

  upsertTemplates(templates: readonly StoredTemplate[]): Promise<void>;
  /** The most similar templates for each query, best first; one round trip for the whole batch. */
  searchTemplates(queries: readonly TemplateQuery[]): Promise<Scored<Template>[][]>;
  /** All templates of a person, oldest first. */
  listTemplates(tenant: string, personId: string): Promise<StoredTemplate[]>;
  /** The templates with these ids that exist, in any order. */
  getTemplates(tenant: string, ids: readonly string[]): Promise<StoredTemplate[]>;
  /** Exact number of the tenant's templates. */
  countGallery(tenant: string): Promise<number>;
  /** Number of templates of each person; 0 for a person without templates. */
  countTemplates(
    tenant: string,
    personIds: readonly string[],
  ): Promise<ReadonlyMap<string, number>>;
  /** Replaces the statistics of templates, by id. Does not create templates that were deleted. */
  setStatistics(tenant: string, statistics: ReadonlyMap<string, TemplateStatistics>): Promise<void>;
  deleteTemplate(tenant: string, id: string): Promise<void>;

  upsertSightings(sightings: readonly StoredSighting[]): Promise<void>;
  /** Lists sightings in the order of their ids. */
  listSightings(
    tenant: string,
    filter: SightingFilter,
    page: { cursor?: string; limit: number },
  ): Promise<Page<Sighting>>;
  /** The sightings that are most similar to `vector`, best first. */
  searchSightings(
    tenant: string,
    vector: Float32Array,
    filter: SightingFilter,
    limit: number,
  ): Promise<Scored<Sighting>[]>;
  /** Embeddings of the sightings that exist, by id. */
  sightingVectors(
    tenant: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Float32Array>>;
  /** Exact number of expired sightings. */
  countExpired(tenant: string, expiry: SightingExpiry): Promise<number>;
  /** Deletes at most `limit` expired sightings. @returns their number; 0 when none is left */
  deleteExpired(tenant: string, expiry: SightingExpiry, limit: number): Promise<number>;
  /** Deletes a person's templates and removes the person id from all sightings. */
  forgetPerson(tenant: string, personId: string): Promise<void>;

  /** Stores this cohort and deletes every other one; null deletes all. Does nothing when it is stored already. */
  putCohort(cohort: Cohort | null): Promise<void>;
  /**
   * The largest similarities to the cohort for each query, largest first, by exact search; one round
   * trip for the whole batch. Empty lists when the cohort is not stored.
   */
  searchCohort(sha256: string, queries: readonly CohortQuery[]): Promise<number[][]>;
}

/** The store cannot be reached or cannot write. The input is valid, so its job waits. */
export function storeUnavailable(message: string, cause?: unknown): PipelineError {
  return new PipelineError('VECTOR_STORE_UNAVAILABLE', message, {
    stage: 'match',
    class: 'wait',
    dependency: VECTOR_STORE_DEPENDENCY,
    httpStatus: 503,
    cause,
  });
}

/** Vectors of another model space than the one that the service works in. */
export function spaceMismatch(message: string): PipelineError {
  return new PipelineError('SPACE_MISMATCH', message, {
    stage: 'match',
    class: 'quarantine',
    httpStatus: 409,
  });
}

export function assertDimension(vector: Float32Array, dimension: number): void {
  if (vector.length === dimension) return;
  throw spaceMismatch(
    `got a vector of ${vector.length} numbers, this model space has ${dimension}; run all services with the same MODEL_PACK`,
  );
}

/** Checks a cursor, which comes from an API client. @throws PipelineError CURSOR_INVALID (400) */
export function parseCursor(cursor: string): string {
  if (derivedIdSchema.safeParse(cursor).success) return cursor;
  throw new PipelineError('CURSOR_INVALID', 'send the cursor of the previous page', {
    stage: 'query',
    class: 'quarantine',
    httpStatus: 400,
  });
}
