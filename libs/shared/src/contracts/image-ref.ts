import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Name of a tenant; every job, vector and event has one. */
export const tenantSchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, {
  message: 'a tenant is 1 to 63 characters of a-z, 0-9, _ and -',
});

/** The tenant of every caller when no API keys are configured. */
export const DEFAULT_TENANT = 'default';

/** Name of a configured object store. */
export const storeNameSchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, {
  message: 'a store name is 1 to 63 characters of a-z, 0-9, _ and -',
});

/** Location of an image. Jobs hold this, never the bytes. */
export const imageRefSchema = z.strictObject({
  store: storeNameSchema,
  key: z.string().min(1).max(1024),
  /** Changes with the content: an S3 ETag, or size and modification time of a file. */
  version: z.string().min(1).max(256),
});
export type ImageRef = z.infer<typeof imageRefSchema>;

/** Box in pixels of the upright image (EXIF orientation applied). */
export const boxSchema = z.strictObject({
  x: z.number(),
  y: z.number(),
  width: z.number().positive(),
  height: z.number().positive(),
});
export type Box = z.infer<typeof boxSchema>;

/** 128-bit id in hex, derived from content: a retry, a replay or a second import gets the same id. */
export const derivedIdSchema = z.string().regex(/^[0-9a-f]{32}$/);

/** Id of an image for one tenant in one model space. */
export function imageId(tenant: string, ref: ImageRef, space: string): string {
  return derive('image', tenant, ref.store, ref.key, ref.version, space);
}

/**
 * Id of an image that a camera took at a time. Each observation has its own sightings, also when an import or
 * another observation has the same object.
 * @param observedAt ISO 8601 with zone; the same instant in another zone gives the same id
 */
export function observationId(
  tenant: string,
  ref: ImageRef,
  space: string,
  { cameraId, observedAt }: { readonly cameraId: string; readonly observedAt: string },
): string {
  const instant = new Date(observedAt).toISOString();
  return derive('observation', tenant, ref.store, ref.key, ref.version, space, cameraId, instant);
}

/** Id of a face: its image and its box, rounded to pixels. */
export function faceId(image: string, box: Box): string {
  const corners = [box.x, box.y, box.width, box.height].map((value) => String(Math.round(value)));
  return derive('face', image, ...corners);
}

/** Id of the match event of a face; a face has exactly one. */
export function eventId(face: string): string {
  return derive('event', face);
}

/** Default id of a person: derived from the name, so that a second request with the same name finds the first person. */
export function derivedPersonId(tenant: string, name: string): string {
  return derive('person', tenant, name);
}

/** Id of an enrolled template: the person and the face. */
export function templateId(person: string, face: string): string {
  return derive('template', person, face);
}

/** Id of the dead letter of a job that is not about an image of the ledger. */
export function deadLetterId(queue: string, jobId: string): string {
  return derive('dead-letter', queue, jobId);
}

function derive(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Name of a camera; also used as a folder name in the uploads store. */
export const cameraIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._:@-]{0,127}$/, {
  message: 'a camera id is 1 to 128 letters, digits, blanks and . _ : @ -, a letter or digit first',
});
