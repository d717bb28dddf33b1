import { z } from 'zod';
import { boxSchema, derivedIdSchema, imageRefSchema } from '../image-ref.js';
import { count, limitSchema, nextCursorSchema, timeSchema } from './common.js';
import {
  GALLERY_ERRORS,
  httpError,
  IMAGE_ERRORS,
  PERSON_NOT_FOUND,
  STORE_ERRORS,
  VECTOR_STORE_ERRORS,
} from './errors.js';
import { route } from './route.js';

/** Part of keys and of URLs. */
export const personIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, {
    message: 'a person id is 1 to 64 characters of A-Z, a-z, 0-9, _ and -',
  })
  .meta({ description: 'Id of a person.', examples: ['ada'] });

/** An id that is only looked up: one of the wrong form is not found. */
const lookedUpId = z.string();

export const personNameSchema = z
  .string()
  .transform((name) => name.normalize('NFC').trim())
  .pipe(z.string().min(1).max(200))
  .meta({ description: '1 to 200 characters.', examples: ['Ada Lovelace'] });

const personFields = {
  id: personIdSchema,
  name: z.string(),
  createdAt: z.string().meta({ description: 'ISO 8601, UTC.' }),
};

/** A person alone, without what is enrolled. */
export const personSchema = z.object(personFields);
export type Person = Readonly<z.output<typeof personSchema>>;

const countedPersonSchema = z
  .object({
    ...personFields,
    templates: count.meta({ description: 'Number of enrolled photographs.' }),
  })
  .meta({ id: 'Person' });
export type CountedPerson = Readonly<z.output<typeof countedPersonSchema>>;

const templateFields = {
  id: derivedIdSchema,
  faceId: derivedIdSchema,
  image: imageRefSchema.meta({ description: 'The photograph in the store `uploads`.' }),
  box: boxSchema.meta({ description: 'The face, in pixels of the upright photograph.' }),
  quality: z
    .number()
    .meta({ description: 'How usable the face is, 0 to 1: size, sharpness and pose together.' }),
  enrolledAt: timeSchema,
};

const templateSchema = z.object(templateFields).meta({ id: 'Template' });
export type TemplateView = z.output<typeof templateSchema>;

const TAG = 'People';
const TEMPLATE_ID = 'b1946ac92492d2347c6235b4d2611184';

const ada: CountedPerson = {
  id: 'ada',
  name: 'Ada Lovelace',
  createdAt: '2026-01-31T12:00:00.000Z',
  templates: 1,
};
const template: TemplateView = {
  id: TEMPLATE_ID,
  faceId: '591785b794601e212b260e25925636fd',
  image: { store: 'uploads', key: 'enrolments/default/ada/9f86d081', version: '1' },
  box: { x: 120, y: 80, width: 96, height: 120 },
  quality: 0.83,
  enrolledAt: '2026-01-31T12:01:00.000Z',
};

export const peopleHttp = {
  create: route({
    id: 'createPerson',
    method: 'POST',
    path: '/v1/people',
    tag: TAG,
    access: 'tenant',
    summary: 'Create a person',
    description: 'Without an id the id is derived from the name: the same name has the same id.',
    body: z.strictObject({ name: personNameSchema, id: personIdSchema.optional() }),
    status: 201,
    response: countedPersonSchema,
    errors: {
      PERSON_EXISTS: httpError(409, 'A person with this id exists; `details.id` has the id.'),
    },
    example: {
      body: { name: 'Ada Lovelace', id: 'ada' },
      response: { ...ada, templates: 0 },
    },
  }),
  list: route({
    id: 'listPeople',
    method: 'GET',
    path: '/v1/people',
    tag: TAG,
    access: 'tenant',
    summary: 'List people, oldest first',
    query: z.strictObject({
      cursor: z.string().max(128).optional().meta({ description: 'Cursor of the page before.' }),
      limit: limitSchema(1000, 100),
    }),
    status: 200,
    response: z.object({ people: z.array(countedPersonSchema), cursor: nextCursorSchema }),
    errors: VECTOR_STORE_ERRORS,
    example: { query: { limit: 100 }, response: { people: [ada], cursor: null } },
  }),
  read: route({
    id: 'readPerson',
    method: 'GET',
    path: '/v1/people/:id',
    tag: TAG,
    access: 'tenant',
    summary: 'Read a person with the enrolled templates',
    description: 'Templates are shown without their embedding, which is biometric data.',
    params: { id: lookedUpId },
    status: 200,
    response: z
      .object({ ...personFields, templates: z.array(templateSchema) })
      .meta({ id: 'PersonWithTemplates' }),
    errors: { ...VECTOR_STORE_ERRORS, PERSON_NOT_FOUND },
    example: { params: { id: 'ada' }, response: { ...ada, templates: [template] } },
  }),
  rename: route({
    id: 'renamePerson',
    method: 'PATCH',
    path: '/v1/people/:id',
    tag: TAG,
    access: 'tenant',
    summary: 'Rename a person',
    params: { id: lookedUpId },
    body: z.strictObject({ name: personNameSchema }),
    status: 200,
    response: countedPersonSchema,
    errors: { ...VECTOR_STORE_ERRORS, PERSON_NOT_FOUND },
    example: {
      params: { id: 'ada' },
      body: { name: 'Ada King' },
      response: { ...ada, name: 'Ada King' },
    },
  }),
  delete: route({
    id: 'deletePerson',
    method: 'DELETE',
    path: '/v1/people/:id',
    tag: TAG,
    access: 'tenant',
    summary: 'Delete a person',
    description:
      'Deletes the templates of all model spaces and the photographs, and removes the person from all sightings. Safe to repeat after an error.',
    params: { id: personIdSchema },
    status: 204,
    errors: { ...VECTOR_STORE_ERRORS, ...STORE_ERRORS, PERSON_NOT_FOUND },
    example: { params: { id: 'ada' } },
  }),
  enrol: route({
    id: 'enrolTemplate',
    method: 'POST',
    path: '/v1/people/:personId/templates',
    tag: TAG,
    access: 'tenant',
    summary: 'Enrol a photograph of a person',
    description:
      'The photograph must show exactly one face. Enrolling the same photograph again changes nothing.',
    params: { personId: personIdSchema },
    files: { image: { description: 'The photograph.', required: true } },
    status: 201,
    response: z
      .object({
        ...templateFields,
        detectionScore: z.number().meta({ description: 'Confidence of the detector, 0 to 1.' }),
      })
      .meta({ id: 'EnrolledTemplate' }),
    errors: {
      ...IMAGE_ERRORS,
      ...VECTOR_STORE_ERRORS,
      PERSON_NOT_FOUND,
      ...GALLERY_ERRORS,
      NO_FACE: httpError(422, 'No face was found.'),
      SEVERAL_FACES: httpError(422, 'There are several faces; `details.boxes` has them.'),
      FACE_UNUSABLE: httpError(422, 'The face is too small, too blurred or turned too far.'),
    },
    example: { params: { personId: 'ada' }, response: { ...template, detectionScore: 0.98 } },
  }),
  removeTemplate: route({
    id: 'deleteTemplate',
    method: 'DELETE',
    path: '/v1/people/:personId/templates/:id',
    tag: TAG,
    access: 'tenant',
    summary: 'Delete a template and its photograph',
    params: { personId: lookedUpId, id: lookedUpId },
    status: 204,
    errors: {
      ...VECTOR_STORE_ERRORS,
      ...STORE_ERRORS,
      PERSON_NOT_FOUND,
      TEMPLATE_NOT_FOUND: httpError(404, 'The person has no template with this id.'),
    },
    example: { params: { personId: 'ada', id: TEMPLATE_ID } },
  }),
};
