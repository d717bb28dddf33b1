import { z } from 'zod';
import { encodedEmbeddingSchema } from '../embedding.js';
import { count } from './common.js';
import { httpError, VECTOR_STORE_ERRORS } from './errors.js';
import { route } from './route.js';

export const cohortHttp = {
  sample: route({
    id: 'sampleCohort',
    method: 'POST',
    path: '/v1/cohort/sample',
    tag: 'Cohort',
    access: 'tenant',
    summary: 'Sample strangers for the calibration of a model pack',
    description:
      'Returns embeddings of different people who are not enrolled, taken from the sightings. Embeddings are biometric data.',
    body: z.strictObject({
      count: z
        .number()
        .int()
        .min(2)
        .max(5000)
        .meta({ description: 'Maximum number of strangers.' }),
      minQuality: z
        .number()
        .min(0)
        .max(1)
        .default(0.5)
        .meta({ description: 'Lowest quality of a sighting.' }),
      samePerson: z.number().min(-1).max(1).optional().meta({
        description:
          'Two faces of at least this cosine similarity are the same person; the value of the model pack unless given.',
      }),
    }),
    status: 200,
    response: z.object({
      space: z.string(),
      dimension: z.number().int().positive(),
      samePerson: z.number(),
      sightings: count.meta({ description: 'Sightings that were read.' }),
      embeddings: z
        .array(encodedEmbeddingSchema)
        .meta({ description: 'Each is a float32 vector of length 1, as little-endian base64.' }),
    }),
    errors: {
      ...VECTOR_STORE_ERRORS,
      SAME_PERSON_UNKNOWN: httpError(422, 'The model pack has no value for `samePerson`; send it.'),
    },
    example: {
      body: { count: 500, minQuality: 0.5, samePerson: 0.35 },
      response: {
        space: 'arcface@1+arcface-112',
        dimension: 2,
        samePerson: 0.35,
        sightings: 3000,
        embeddings: ['AACAPwAAAAA='],
      },
    },
  }),
};
