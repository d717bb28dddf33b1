import { z } from 'zod';
import { derivedIdSchema, imageRefSchema, tenantSchema } from './image-ref.js';

/** What adds the job again. */
const deadJobSchema = z.object({
  name: z.string(),
  id: z.string(),
  /** JSON text; only the beginning when `whole` is false, and then it cannot be replayed. */
  data: z.string(),
  whole: z.boolean(),
  /** BullMQ's options of the job. */
  opts: z.record(z.string(), z.unknown()),
});
export type DeadJob = z.output<typeof deadJobSchema>;

/** A network as it ran, as the embedder knows it. */
const engineFactsSchema = z.object({
  role: z.string(),
  pack: z.string(),
  engine: z.string(),
  device: z.string(),
  precision: z.string(),
});
export type EngineFacts = z.output<typeof engineFactsSchema>;

/** Why the image was in the pipeline, of whatever version of the contract. */
const sourceSchema = z.looseObject({
  kind: z.string(),
  importId: z.string().optional(),
  cameraId: z.string().optional(),
});

const time = z.number().int().nonnegative();
const count = z.number().int().nonnegative();

/**
 * A job that ended for good without its result, with the evidence. Holds references, never image bytes.
 * Times are milliseconds since the epoch. Open to what a newer version writes: services of two versions
 * run side by side.
 */
export const deadLetterSchema = z.object({
  /** Of an image the ledger knows: its image id. */
  id: derivedIdSchema,
  tenant: tenantSchema,
  stage: z.string(),
  code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  class: z.string(),
  message: z.string(),
  /** Messages of what caused the error, outermost first. */
  causes: z.array(z.string()),
  queue: z.string().nullable(),
  /** Null when there was never a job. */
  job: deadJobSchema.nullable(),
  /** Whether the ledger knows an image by this id, so that a replay opens its outcome again. */
  ofImage: z.boolean(),
  image: imageRefSchema.extend({ key: z.string() }).nullable(),
  source: sourceSchema.nullable(),
  /** Runs that failed. */
  attempts: count,
  /** Times that a worker died with the job in hand. */
  crashes: count,
  /** Process that gave it up. */
  worker: z.string().nullable(),
  lastCrashedWorker: z.string().nullable(),
  /** Networks of the embedder that gave it up. */
  engine: z.array(engineFactsSchema),
  versions: z.object({
    sightline: z.string(),
    node: z.string(),
    /** Of the payload. */
    payload: z.number().int().nullable(),
    /** Model space. */
    space: z.string().nullable(),
  }),
  addedAt: time.nullable(),
  diedAt: time,
});
export type DeadLetter = z.output<typeof deadLetterSchema>;

/** A letter as it is kept: with what only the step that wrote it knew. */
export interface KeptLetter extends DeadLetter {
  /** How often it was replayed before it died this time. */
  readonly replays: number;
  /** Imports that the image is counted in. */
  readonly imports: readonly string[];
}
