import { z } from 'zod';
import { detectedFaceSchema } from './detected-face.js';
import { spaceIdSchema } from './embedding.js';
import { boxSchema, imageId, imageRefSchema, tenantSchema } from './image-ref.js';
import { LANES, lanePriority, type QueueContract, type Retention } from './queue-contract.js';

/** Why an image is in the pipeline. Queries and enrolments want the faces back and record nothing. */
export const imageSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('import'), importId: z.string().min(1).max(64) }),
  z.strictObject({ kind: z.literal('camera'), cameraId: z.string().min(1).max(128) }),
  z.strictObject({
    kind: z.literal('video-frame'),
    videoId: z.string().min(1).max(256),
    /** Milliseconds from the start of the video. */
    offsetMs: z.number().int().nonnegative(),
  }),
  z.strictObject({ kind: z.literal('query') }),
  z.strictObject({ kind: z.literal('enrolment') }),
]);
export type ImageSource = z.infer<typeof imageSourceSchema>;

export const embedImagePayloadSchema = z.strictObject({
  v: z.literal(1),
  tenant: tenantSchema,
  image: imageRefSchema,
  source: imageSourceSchema,
  lane: z.enum(LANES),
  space: spaceIdSchema,
  /** When the picture was taken or its object last changed: ISO 8601 with zone. */
  observedAt: z.iso.datetime({ offset: true }).nullable(),
  /** A caller waits until then; past it the work is not worth doing. Milliseconds since the epoch. */
  deadline: z.number().int().positive().optional(),
});
export type EmbedImagePayload = z.infer<typeof embedImagePayloadSchema>;

/** What the embedder found, for a caller that waits for it. */
export const embedImageResultSchema = z.strictObject({
  imageId: z.string(),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  faces: z.array(detectedFaceSchema),
  /** Faces that were seen but are too small, blurred or turned to be used, with the reason. */
  unusable: z.array(z.strictObject({ box: boxSchema, reason: z.string() })),
});
export type EmbedImageResult = z.infer<typeof embedImageResultSchema>;

/** Queries and enrolments wait for the faces; everything else hands them on to the matcher. */
export function wantsResult(source: ImageSource): boolean {
  return source.kind === 'query' || source.kind === 'enrolment';
}

/** Who waits for a result may be about to ask for it. */
function forWhoAsked({ source }: EmbedImagePayload): Retention {
  return wantsResult(source) ? { age: 60, count: 1_000 } : true;
}

/** What an image is found by in logs and traces, besides its id. */
export function imageIds(
  payload: Pick<EmbedImagePayload, 'tenant' | 'lane' | 'image' | 'source'>,
): Readonly<Record<string, string>> {
  const { tenant, lane, image, source } = payload;
  const ids = { tenant, lane, store: image.store };
  return source.kind === 'import' ? { ...ids, importId: source.importId } : ids;
}

const QUERY = 'query-';

/** Whether somebody waits for the result of the job with this id. */
export function isQueryJob(jobId: string): boolean {
  return jobId.startsWith(QUERY);
}

export const embedImageContract: QueueContract<EmbedImagePayload, EmbedImageResult | null> = {
  queue: 'embed-image',
  version: 1,
  payload: embedImagePayloadSchema,
  older: {},
  result: embedImageResultSchema.nullable(),
  // A query for an image must not be answered by the archive's job for it, which returns nothing.
  jobId: (payload) => {
    const id = imageId(payload.tenant, payload.image, payload.space);
    return wantsResult(payload.source) ? `${QUERY}${id}` : id;
  },
  ids: (payload) => ({
    imageId: imageId(payload.tenant, payload.image, payload.space),
    ...imageIds(payload),
  }),
  priority: (payload) => lanePriority(payload.lane),
  attempts: 5,
  backoffMs: 1_000,
  keepCompleted: forWhoAsked,
  keepFailed: forWhoAsked,
};
