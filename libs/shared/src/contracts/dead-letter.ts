import { z } from 'zod';
import { derivedIdSchema, imageRefSchema, tenantSchema } from './image-ref.js';

/** All that is needed to add the job again. */
const deadJobSchema = z.object({
  name: z.string(),
  id: z.string(),
  /** JSON text. When `whole` is false it is cut off, and the job cannot be replayed. */
  data: z.string(),
  whole: z.boolean(),
  /** BullMQ's options of the job. */
  opts: z.record(z.string(), z.unknown()),
});
export type DeadJob = z.output<typeof deadJobSchema>;

/** A network of the embedder, and how it ran. */
const engineFactsSchema = z.object({
  role: z.string(),
  pack: z.string(),
  engine: z.string(),
  device: z.string(),
  precision: z.string(),
});
export type EngineFacts = z.output<typeof engineFactsSchema>;

/** Why the image was in the pipeline, in any version of the contract. */
const sourceSchema = z.looseObject({
  kind: z.string(),
  importId: z.string().optional(),
  cameraId: z.string().optional(),
});

const time = z.number().int().nonnegative();
const count = z.number().int().nonnegative();

/**
 * A job that ended for good without its result, and the facts about it. Holds references, never image bytes.
 * Times are milliseconds since the epoch. Unknown values are accepted, because services of two versions may
 * run side by side.
 */
export const deadLetterSchema = z.object({
  /** The image id, if the ledger knows the image. */
  id: derivedIdSchema,
  tenant: tenantSchema,
  stage: z.string(),
  code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  class: z.string(),
  message: z.string(),
  /** Messages of the causes of the error, outermost first. */
  causes: z.array(z.string()),
  queue: z.string().nullable(),
  /** Null when there never was a job. */
  job: deadJobSchema.nullable(),
  /** Whether `id` is an image of the ledger; then a replay reopens the outcome of the image. */
  ofImage: z.boolean(),
  image: imageRefSchema.extend({ key: z.string() }).nullable(),
  source: sourceSchema.nullable(),
  /** Number of runs that failed. */
  attempts: count,
  /** How often a worker died during the job. */
  crashes: count,
  /** Process that gave the job up. */
  worker: z.string().nullable(),
  lastCrashedWorker: z.string().nullable(),
  /** Networks of the embedder that gave the job up. */
  engine: z.array(engineFactsSchema),
  versions: z.object({
    sightline: z.string(),
    node: z.string(),
    /** Version of the payload. */
    payload: z.number().int().nullable(),
    /** Model space. */
    space: z.string().nullable(),
  }),
  addedAt: time.nullable(),
  diedAt: time,
});
export type DeadLetter = z.output<typeof deadLetterSchema>;

/** A letter as it is stored, with the fields that the storing script adds. */
export interface KeptLetter extends DeadLetter {
  /** How often it was replayed before it failed this time. */
  readonly replays: number;
  /** Imports that count the image. */
  readonly imports: readonly string[];
}
