import { z } from 'zod';
import { imageSourceSchema } from './embed-image.contract.js';
import { spaceIdSchema, metricSchema } from './embedding.js';
import { boxSchema, derivedIdSchema, imageRefSchema, tenantSchema } from './image-ref.js';

export const PERSON_MATCHED = 'io.sightline.face.matched.v1';
export const PERSON_UNKNOWN = 'io.sightline.face.unknown.v1';

/** `uncalibrated`: the model pack has no thresholds, so no face is named. */
const UNKNOWN_REASONS = ['uncalibrated', 'empty-gallery', 'below-threshold', 'ambiguous'] as const;
export const unknownReasonSchema = z.enum(UNKNOWN_REASONS);
export type UnknownReason = z.output<typeof unknownReasonSchema>;

export const candidateSchema = z.strictObject({
  personId: z.string(),
  name: z.string(),
  /** Score of the person's best template, in the metric of the event. */
  score: z.number(),
});

export const MATCH_EVENT_TYPES = [PERSON_MATCHED, PERSON_UNKNOWN] as const;

/**
 * The result for one face, emitted once: a CloudEvents 1.0 JSON event.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export const matchEventSchema = z.strictObject({
  specversion: z.literal('1.0'),
  id: derivedIdSchema,
  /** `/sightline/TENANT/STORE` */
  source: z.string(),
  type: z.enum(MATCH_EVENT_TYPES),
  /** Id of the face, which is also the id of its sighting. */
  subject: derivedIdSchema,
  /** When the match was decided. */
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  data: z.strictObject({
    tenant: tenantSchema,
    imageId: derivedIdSchema,
    image: imageRefSchema,
    width: z.number().int().positive(),
    height: z.number().int().positive(),
    /** Only for an image whose file ends before the picture does: `true`. */
    incomplete: z.boolean().optional(),
    source: imageSourceSchema,
    observedAt: z.iso.datetime({ offset: true }).nullable(),
    box: boxSchema,
    detectionScore: z.number(),
    quality: z.number(),
    space: spaceIdSchema,
    /** Metric of scores and threshold; events of the first version have none and are `cosine`. */
    metric: metricSchema.default('cosine'),
    /** Lowest score that names a person in a gallery of this size; null when uncalibrated. */
    threshold: z.number().nullable(),
    person: candidateSchema.nullable(),
    /** Best other person, whether or not the score is above the threshold. */
    runnerUp: candidateSchema.nullable(),
    /** Why the face is unknown; null for a person. */
    reason: unknownReasonSchema.nullable(),
  }),
});
export type MatchEvent = z.infer<typeof matchEventSchema>;
export type MatchCandidate = z.infer<typeof candidateSchema>;
