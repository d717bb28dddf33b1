import { z } from 'zod';
import { detectedFaceSchema } from './detected-face.js';
import { imageIds, imageSourceSchema } from './embed-image.contract.js';
import { spaceIdSchema } from './embedding.js';
import { derivedIdSchema, imageRefSchema, tenantSchema } from './image-ref.js';
import { LANES, lanePriority, type QueueContract } from './queue-contract.js';

/** Maximum number of faces of one image. */
export const MAX_FACES = 4_096;

const firstPayloadSchema = z.strictObject({
  v: z.literal(1),
  tenant: tenantSchema,
  imageId: derivedIdSchema,
  image: imageRefSchema,
  /** Pixels of the upright image. */
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  source: imageSourceSchema,
  lane: z.enum(LANES),
  space: spaceIdSchema,
  observedAt: z.iso.datetime({ offset: true }).nullable(),
  faces: z.array(detectedFaceSchema).max(MAX_FACES),
});

/** The faces of one image, to be matched against the gallery. Empty when the image shows no face. */
const matchFacesPayloadSchema = firstPayloadSchema.extend({
  v: z.literal(2),
  /** Whether the file ends before the picture does. */
  incomplete: z.boolean(),
});
export type MatchFacesPayload = z.infer<typeof matchFacesPayloadSchema>;

export const matchFacesContract: QueueContract<MatchFacesPayload, null> = {
  queue: 'match-faces',
  version: 2,
  payload: matchFacesPayloadSchema,
  older: {
    1: firstPayloadSchema.transform((payload) => ({ ...payload, v: 2, incomplete: false })),
  },
  result: z.null(),
  jobId: (payload) => payload.imageId,
  ids: (payload) => ({ imageId: payload.imageId, ...imageIds(payload) }),
  priority: (payload) => lanePriority(payload.lane),
  attempts: 8,
  backoffMs: 1_000,
  keepCompleted: () => true,
  keepFailed: () => true,
};
