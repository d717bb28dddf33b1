import { z } from 'zod';
import { detectedFaceSchema } from '../detected-face.js';
import { metricSchema, spaceIdSchema } from '../embedding.js';
import { boxSchema } from '../image-ref.js';
import { candidateSchema, unknownReasonSchema } from '../match-event.contract.js';
import { count } from './common.js';
import {
  GALLERY_ERRORS,
  httpError,
  IMAGE_ERRORS,
  PACK_UNCALIBRATED,
  PERSON_NOT_FOUND,
  VECTOR_STORE_ERRORS,
} from './errors.js';
import { personIdSchema } from './people.http.js';
import { route } from './route.js';

const thresholdBasisSchema = z.enum(['measured', 'extrapolated', 'set']).meta({
  description:
    '`measured`: between measured points. `extrapolated`: the rate is stricter than any that was measured. `set`: MATCH_THRESHOLD.',
});

/** A threshold and where it comes from. */
export const thresholdFields = {
  threshold: z.number().meta({ description: 'Lowest score that is accepted.' }),
  thresholdBasis: thresholdBasisSchema,
};

/** The same; null when the model pack is not calibrated, so that nobody is named. */
const nullableThresholdFields = {
  threshold: thresholdFields.threshold.nullable().meta({
    description: 'Lowest score that names a person; null when the model pack is not calibrated.',
  }),
  thresholdBasis: thresholdBasisSchema.nullable(),
};

const pixels = z.number().int().positive();

const incomplete = z.boolean().optional().meta({
  description:
    'Only for an image whose file ends before the picture does, which is searched as far as it goes.',
});

const { faceId, box, landmarks, detectionScore, quality } = detectedFaceSchema.shape;

const comparedFaceSchema = z
  .object({
    faceId,
    box,
    landmarks: landmarks.meta({
      description: 'Left eye, right eye, nose tip, left and right corner of the mouth.',
    }),
    detectionScore,
    quality,
    width: pixels.meta({ description: 'Width of the upright image.' }),
    height: pixels.meta({ description: 'Height of the upright image.' }),
    incomplete,
    facesFound: count.meta({ description: 'The largest face of an image is compared.' }),
  })
  .meta({ id: 'ComparedFace' });

const comparedPersonSchema = z
  .object({
    personId: personIdSchema,
    name: z.string(),
    templates: count.meta({ description: 'Number of templates that were compared.' }),
  })
  .meta({ id: 'ComparedPerson' });

export type ComparedSide =
  z.output<typeof comparedFaceSchema> | Readonly<z.output<typeof comparedPersonSchema>>;

const verificationSchema = z
  .object({
    same: z.boolean(),
    score: z.number().meta({ description: 'Score in the unit of `metric`.' }),
    metric: metricSchema,
    ...thresholdFields,
    falseAcceptRate: z.number().nullable().meta({
      description: 'How often a stranger passes the threshold; null when the threshold was set.',
    }),
    similarity: z.number().meta({ description: 'Cosine similarity, −1 to 1.' }),
    distance: z.number().meta({ description: '1 − similarity.' }),
    space: spaceIdSchema,
    faces: z.array(z.union([comparedFaceSchema, comparedPersonSchema])),
  })
  .meta({ id: 'Verification' });

const identifiedFaceSchema = z
  .object({
    faceId,
    box,
    detectionScore,
    quality,
    decision: z.enum(['person', 'unknown']),
    reason: unknownReasonSchema.nullable(),
    ...nullableThresholdFields,
    candidates: z
      .array(candidateSchema)
      .meta({ description: 'Best people, best first, whether or not they pass the threshold.' }),
  })
  .meta({ id: 'IdentifiedFace' });

export const identificationSchema = z
  .object({
    width: pixels,
    height: pixels,
    incomplete,
    space: spaceIdSchema,
    metric: metricSchema,
    ...nullableThresholdFields,
    faces: z.array(identifiedFaceSchema),
    unusable: z
      .array(z.object({ box: boxSchema, reason: z.string() }))
      .meta({ description: 'Faces that are too small, too blurred or turned too far.' }),
  })
  .meta({ id: 'Identification' });
export type Identification = z.output<typeof identificationSchema>;

const TAG = 'Recognition';
const FACE_ERRORS = {
  ...IMAGE_ERRORS,
  ...VECTOR_STORE_ERRORS,
  ...GALLERY_ERRORS,
};
const SPACE = 'arcface@1+arcface-112';
const BOX = { x: 120, y: 80, width: 96, height: 120 };
const FACE = '591785b794601e212b260e25925636fd';

export const recognitionHttp = {
  verify: route({
    id: 'verify',
    method: 'POST',
    path: '/v1/verify',
    tag: TAG,
    access: 'tenant',
    isQuery: true,
    summary: 'Verify that two faces are the same person',
    description:
      'Compares `image1` with `image2`, or with an enrolled person. Send either `image2` or `personId`. The largest face of an image is compared.',
    body: z.strictObject({ personId: personIdSchema.optional() }),
    files: {
      image1: { description: 'The first image.', required: true },
      image2: { description: 'The second image, unless `personId` is given.', required: false },
    },
    status: 200,
    response: verificationSchema,
    errors: {
      ...FACE_ERRORS,
      PACK_UNCALIBRATED,
      PERSON_NOT_FOUND,
      NO_TEMPLATES: httpError(422, 'The person has no enrolled photograph.'),
      NO_FACE: httpError(422, 'No face was found; `details.field` names the image.'),
      FACE_UNUSABLE: httpError(422, 'The face is too small, too blurred or turned too far.'),
    },
    example: {
      body: { personId: 'ada' },
      response: {
        same: true,
        score: 0.71,
        metric: 'cosine',
        threshold: 0.42,
        thresholdBasis: 'measured',
        falseAcceptRate: 0.001,
        similarity: 0.71,
        distance: 0.29,
        space: SPACE,
        faces: [
          {
            faceId: FACE,
            box: BOX,
            landmarks: [
              [140, 120],
              [190, 120],
              [165, 150],
              [145, 175],
              [185, 175],
            ],
            detectionScore: 0.98,
            quality: 0.83,
            width: 640,
            height: 480,
            facesFound: 1,
          },
          { personId: 'ada', name: 'Ada Lovelace', templates: 1 },
        ],
      },
    },
  }),
  identify: route({
    id: 'identify',
    method: 'POST',
    path: '/v1/identify',
    tag: TAG,
    access: 'tenant',
    isQuery: true,
    summary: 'Identify every face of an image',
    description: 'An image without a face is not an error: `faces` is empty.',
    body: z.strictObject({
      limit: z.coerce
        .number<string | number>()
        .int()
        .min(1)
        .max(100)
        .default(5)
        .meta({ description: 'Maximum number of candidates for each face.' }),
    }),
    files: { image: { description: 'The image.', required: true } },
    status: 200,
    response: identificationSchema,
    errors: FACE_ERRORS,
    example: {
      body: { limit: '5' },
      response: {
        width: 640,
        height: 480,
        space: SPACE,
        metric: 'cosine',
        threshold: 0.42,
        thresholdBasis: 'measured',
        faces: [
          {
            faceId: FACE,
            box: BOX,
            detectionScore: 0.98,
            quality: 0.83,
            decision: 'person',
            reason: null,
            threshold: 0.42,
            thresholdBasis: 'measured',
            candidates: [{ personId: 'ada', name: 'Ada Lovelace', score: 0.71 }],
          },
        ],
        unusable: [],
      },
    },
  }),
};
