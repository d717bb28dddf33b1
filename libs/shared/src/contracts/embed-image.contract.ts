import { z } from 'zod';
import { detectedFaceSchema } from './detected-face.js';
import { spaceIdSchema } from './embedding.js';
import { boxSchema, imageId, imageRefSchema, observationId, tenantSchema } from './image-ref.js';
import { LANES, lanePriority, type QueueContract, type Retention } from './queue-contract.js';

/** Why an image is in the pipeline. Queries and enrolments get the faces as a result and record nothing. */
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
  /** A caller waits until this time; later the work is pointless. Milliseconds since the epoch. */
  deadline: z.number().int().positive().optional(),
});
export type EmbedImagePayload = z.infer<typeof embedImagePayloadSchema>;

/** The faces of an image, for a caller that waits for them. */
export const embedImageResultSchema = z.strictObject({
  imageId: z.string(),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  /** Only for an image whose file ends before the picture does. */
  incomplete: z.boolean().optional(),
  faces: z.array(detectedFaceSchema),
  /** Faces that are too small, too blurred or turned too far, with the reason. */
  unusable: z.array(z.strictObject({ box: boxSchema, reason: z.string() })),
});
export type EmbedImageResult = z.infer<typeof embedImageResultSchema>;

/** Whether a caller waits for the faces. For all other sources they go to the matcher. */
export function wantsResult(source: ImageSource): boolean {
  return source.kind === 'query' || source.kind === 'enrolment';
}

/** Keeps a result for callers that are about to ask for it. */
function keepForCaller({ source }: EmbedImagePayload): Retention {
  return wantsResult(source) ? { age: 60, count: 1_000 } : true;
}

/** Id of the image of a payload. For a camera it is the observation: camera, time and object. */
export function imageIdOf({
  tenant,
  image,
  source,
  space,
  observedAt,
}: Pick<EmbedImagePayload, 'tenant' | 'image' | 'source' | 'space' | 'observedAt'>): string {
  if (source.kind !== 'camera' || observedAt === null) return imageId(tenant, image, space);
  return observationId(tenant, image, space, { cameraId: source.cameraId, observedAt });
}

/** Fields of an image's log lines and spans, apart from its id. */
export function imageIds(
  payload: Pick<EmbedImagePayload, 'tenant' | 'lane' | 'image' | 'source'>,
): Readonly<Record<string, string>> {
  const { tenant, lane, image, source } = payload;
  const ids = { tenant, lane, store: image.store };
  return source.kind === 'import' ? { ...ids, importId: source.importId } : ids;
}

const QUERY = 'query-';

/** Whether a caller waits for the result of the job with this id. */
export function isQueryJob(jobId: string): boolean {
  return jobId.startsWith(QUERY);
}

export const embedImageContract: QueueContract<EmbedImagePayload, EmbedImageResult | null> = {
  queue: 'embed-image',
  version: 1,
  payload: embedImagePayloadSchema,
  older: {},
  result: embedImageResultSchema.nullable(),
  // A query needs a job id of its own: the archive's job for the same image returns no faces.
  jobId: (payload) => {
    const id = imageIdOf(payload);
    return wantsResult(payload.source) ? `${QUERY}${id}` : id;
  },
  ids: (payload) => ({
    imageId: imageIdOf(payload),
    ...imageIds(payload),
  }),
  priority: (payload) => lanePriority(payload.lane),
  attempts: 5,
  backoffMs: 1_000,
  keepCompleted: keepForCaller,
  keepFailed: keepForCaller,
};
