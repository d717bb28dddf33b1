import { type CohortStatistics } from '#models/scoring/as-norm.js';
import { type ImageSource } from '#shared/contracts/embed-image.contract.js';
import { type Metric } from '#shared/contracts/embedding.js';
import { type Box, type ImageRef, derivedIdSchema } from '#shared/contracts/image-ref.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

/** How alike a cohort of strangers is to a template. */
export interface TemplateStatistics extends CohortStatistics {
  /** Of which cohort, and how they were taken: those of another normalisation are of no use. */
  readonly normalisation: string;
}

/** An enrolled face of a known person. */
export interface Template {
  readonly id: string;
  readonly tenant: string;
  readonly personId: string;
  readonly faceId: string;
  /** The photograph it was enrolled from, kept so that another model can embed it again. */
  readonly image: ImageRef;
  readonly box: Box;
  readonly quality: number;
  /** Milliseconds since the epoch. */
  readonly enrolledAt: number;
  /** Null when scores were not normalised at the time. */
  readonly statistics: TemplateStatistics | null;
}

export interface StoredTemplate extends Template {
  /** Unit norm, in the store's model space. */
  readonly vector: Float32Array;
}

/** A face seen in an image, and what was decided about it. Its id is the face id. */
export interface Sighting {
  readonly id: string;
  readonly tenant: string;
  readonly imageId: string;
  readonly image: ImageRef;
  /** Pixels of the upright image. */
  readonly width: number;
  readonly height: number;
  readonly box: Box;
  readonly source: ImageSource;
  readonly cameraId: string | null;
  /** Milliseconds since the epoch. */
  readonly observedAt: number | null;
  readonly detectionScore: number;
  readonly quality: number;
  readonly personId: string | null;
  /** Of the best person, null when the gallery was empty. */
  readonly score: number | null;
  /** What the score is in. */
  readonly metric: Metric;
  /** Milliseconds since the epoch. */
  readonly decidedAt: number;
}

export interface StoredSighting extends Sighting {
  readonly vector: Float32Array;
}

export interface SightingFilter {
  readonly store?: string;
  /** Null: of nobody who is known. */
  readonly personId?: string | null;
  readonly cameraId?: string;
  /** Milliseconds since the epoch, both ends included. */
  readonly from?: number;
  readonly to?: number;
}

/** Which sightings are too old to be kept. */
export interface SightingExpiry {
  readonly store?: string;
  readonly cameraId?: string;
  /** Only what some camera saw. */
  readonly ofCameras?: boolean;
  /** Decided before: milliseconds since the epoch, not included. */
  readonly decidedBefore: number;
}

export interface TemplateQuery {
  readonly tenant: string;
  readonly vector: Float32Array;
  /** Most templates wanted. */
  readonly limit: number;
}

/** Embeddings of strangers, who scores are normalised by. */
export interface Cohort {
  readonly sha256: string;
  readonly vectors: readonly Float32Array[];
}

export interface CohortQuery {
  readonly vector: Float32Array;
  /** Most similarities wanted. */
  readonly limit: number;
}

export interface Scored<T> {
  readonly item: T;
  /** Cosine similarity, −1 to 1. */
  readonly score: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Pass it back to go on; null at the end. */
  readonly cursor: string | null;
}

/**
 * Gallery, sightings and cohort of one model space. Writes are durable and visible when they resolve, and
 * writing a point again replaces it. Every call but those for the cohort is bound to a tenant; none
 * sees another's points.
 * Throws PipelineError VECTOR_STORE_UNAVAILABLE (wait) when the store cannot be reached and
 * SPACE_MISMATCH when it holds another dimension.
 */
export interface VectorStore {
  /** Creates what is missing; called once before anything else. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Resolves when the store answers. */
  check(): Promise<void>;

  upsertTemplates(templates: readonly StoredTemplate[]): Promise<void>;
  /** Best templates for each query, best first; one round trip for the whole batch. */
  searchTemplates(queries: readonly TemplateQuery[]): Promise<Scored<Template>[][]>;
  /** All templates of a person, oldest first, with vectors. */
  listTemplates(tenant: string, personId: string): Promise<StoredTemplate[]>;
  /** Those of the templates that are there, in any order, with vectors. */
  getTemplates(tenant: string, ids: readonly string[]): Promise<StoredTemplate[]>;
  /** How many templates the tenant has, exactly. */
  countGallery(tenant: string): Promise<number>;
  /** How many templates each of these people has. */
  countTemplates(
    tenant: string,
    personIds: readonly string[],
  ): Promise<ReadonlyMap<string, number>>;
  /** Gives templates other statistics, by id; those that are gone stay gone. */
  setStatistics(tenant: string, statistics: ReadonlyMap<string, TemplateStatistics>): Promise<void>;
  deleteTemplate(tenant: string, id: string): Promise<void>;

  upsertSightings(sightings: readonly StoredSighting[]): Promise<void>;
  /** Sightings in the order of their ids. */
  listSightings(
    tenant: string,
    filter: SightingFilter,
    page: { cursor?: string; limit: number },
  ): Promise<Page<Sighting>>;
  /** Sightings most like `vector`, best first. */
  searchSightings(
    tenant: string,
    vector: Float32Array,
    filter: SightingFilter,
    limit: number,
  ): Promise<Scored<Sighting>[]>;
  /** Embeddings of those of the sightings that are there, by id. */
  sightingVectors(
    tenant: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Float32Array>>;
  /** How many sightings are too old, exactly. */
  countExpired(tenant: string, expiry: SightingExpiry): Promise<number>;
  /** Deletes at most `limit` of those that are too old. @returns how many; 0 when none is left */
  deleteExpired(tenant: string, expiry: SightingExpiry, limit: number): Promise<number>;
  /** Deletes a person's templates and takes the person off every sighting. */
  forgetPerson(tenant: string, personId: string): Promise<void>;

  /** Keeps this cohort and no other; does nothing when it is there. Null: keeps none. */
  putCohort(cohort: Cohort | null): Promise<void>;
  /**
   * For each query its largest similarities to the cohort, largest first, exactly; one round trip for
   * the whole batch. Nothing when the cohort is not there.
   */
  searchCohort(sha256: string, queries: readonly CohortQuery[]): Promise<number[][]>;
}

/** The vector store, as something that jobs need. */
export const VECTORS = 'the vector store';

/** The store cannot be reached or cannot write: nothing is wrong with the input, so its job waits. */
export function storeUnavailable(message: string, cause?: unknown): PipelineError {
  return new PipelineError('VECTOR_STORE_UNAVAILABLE', message, {
    stage: 'match',
    class: 'wait',
    dependency: VECTORS,
    httpStatus: 503,
    cause,
  });
}

/** What lies in the store is of another model space than the service works in. */
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

/** @throws PipelineError CURSOR_INVALID: cursors come back from API callers, so they are checked */
export function parseCursor(cursor: string): string {
  if (derivedIdSchema.safeParse(cursor).success) return cursor;
  throw new PipelineError('CURSOR_INVALID', 'pass back the cursor of the page before', {
    stage: 'query',
    class: 'quarantine',
    httpStatus: 400,
  });
}
