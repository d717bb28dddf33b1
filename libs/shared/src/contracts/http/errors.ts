import { z } from 'zod';
import { type HttpError, type HttpErrors, type Route } from './route.js';

/** The body of every error. */
export const errorBodySchema = z
  .object({
    error: z.object({
      code: z
        .string()
        .meta({ description: 'Stable name of the error.', examples: ['REQUEST_INVALID'] }),
      message: z.string().meta({ description: 'What is wrong and what to do about it.' }),
      details: z
        .record(z.string(), z.unknown())
        .optional()
        .meta({ description: 'Facts that depend on the code.' }),
    }),
  })
  .meta({ id: 'Error', description: 'Every error has this body.' });

export function httpError(status: number, description: string): HttpError {
  return { status, description };
}

const UNAUTHORIZED = httpError(
  401,
  'The key in `Authorization: Bearer KEY` is missing or unknown.',
);

const ACCESS_ERRORS: HttpErrors = {
  UNAUTHORIZED,
  TOO_MANY_WRONG_KEYS: httpError(
    429,
    'Too many requests with a wrong key came from this address. Try again after the seconds in the header `Retry-After`.',
  ),
};

/** Answers to a web page that may not use the service; see docs/http.md. */
const BROWSER_ERRORS: HttpErrors = {
  HOST_NOT_ALLOWED: httpError(
    403,
    'Without a key, only loopback names and those in ALLOWED_HOSTS are answered.',
  ),
  ORIGIN_NOT_ALLOWED: httpError(
    403,
    'A web page of another origin sent the request, and CORS_ORIGINS does not list it.',
  ),
};

const RATE_LIMITED = httpError(
  429,
  'This key has sent more queries than QUERIES_PER_MINUTE. Try again after the seconds in the header `Retry-After`.',
);

const JSON_ERRORS: HttpErrors = {
  HTTP_400: httpError(400, 'The URL cannot be decoded, or the body is not valid JSON.'),
  HTTP_413: httpError(413, 'The JSON body is larger than 64 KiB.'),
  HTTP_415: httpError(415, 'The content encoding of the body is not supported.'),
};

const REQUEST_INVALID = httpError(
  400,
  'A parameter or a field is missing or wrong; `details.problems` lists each with its field.',
);

const REDIS_ERRORS: HttpErrors = {
  REDIS_FULL: httpError(503, 'Redis has reached its memory limit.'),
  REDIS_UNAVAILABLE: httpError(
    503,
    'Redis does not answer or cannot write. A read is answered within 2 s, everything else within 6 s.',
  ),
  STORED_DATA_DAMAGED: httpError(500, 'A record in Redis or in the vector store is damaged.'),
};

export const UPLOAD_ERRORS: HttpErrors = {
  IMAGE_MISSING: httpError(400, 'A required image field is missing.'),
  IMAGE_EMPTY: httpError(400, 'The image has no bytes.'),
  IMAGE_TOO_LARGE: httpError(413, 'The image has too many bytes or too many pixels.'),
  UPLOAD_INVALID: httpError(400, 'The multipart request is malformed or has unexpected fields.'),
  BACKPRESSURE: httpError(
    503,
    'Too many uploads are in progress. Try again after the seconds in the header `Retry-After`.',
  ),
};

/** Errors of an object store that cannot do its work. */
export const STORE_ERRORS: HttpErrors = {
  STORE_UNAVAILABLE: httpError(503, 'The object store does not answer.'),
  STORE_ACCESS_DENIED: httpError(503, 'The object store refuses our credentials.'),
  STORE_ADDRESS_FORBIDDEN: httpError(503, 'The address of the object store is not allowed.'),
  STORE_BUCKET_MISSING: httpError(503, 'The bucket does not exist.'),
  STORE_REQUEST_REFUSED: httpError(503, 'The object store refuses the request.'),
};

/** Errors of one object in a store. */
export const OBJECT_ERRORS: HttpErrors = {
  OBJECT_NOT_FOUND: httpError(404, 'The store has no such object.'),
  OBJECT_KEY_INVALID: httpError(400, 'The key is not valid in this store.'),
};

export const VECTOR_STORE_ERRORS: HttpErrors = {
  VECTOR_STORE_UNAVAILABLE: httpError(503, 'The vector store does not answer or cannot write.'),
  VECTOR_STORE_IN_USE: httpError(503, 'Another process holds the embedded vector store.'),
  SPACE_MISMATCH: httpError(409, 'Two services run with different model packs.'),
};

/** Errors of a gallery that this matcher cannot use for recognition. */
export const GALLERY_ERRORS: HttpErrors = {
  GALLERY_SPACE_MISMATCH: httpError(
    409,
    'People are enrolled in another model space; embed the gallery again first.',
  ),
  GALLERY_LOST: httpError(
    409,
    'The vector store has lost the templates of the enrolled people; put it back or embed the gallery again.',
  ),
};

export const PACK_UNCALIBRATED = httpError(
  409,
  'The model pack has no thresholds; calibrate it or set MATCH_THRESHOLD.',
);

export const CURSOR_INVALID = httpError(400, 'The cursor is not one that this API returned.');

export const PERSON_NOT_FOUND = httpError(404, 'No person has this id.');

/** What the embedder may find wrong with an image. */
export const IMAGE_ERRORS: HttpErrors = {
  ...UPLOAD_ERRORS,
  ...STORE_ERRORS,
  IMAGE_FORMAT_UNSUPPORTED: httpError(422, 'The file is not an image of a supported format.'),
  IMAGE_PREVIEW_MISSING: httpError(
    422,
    'The camera RAW file has no embedded JPEG; export it as JPEG.',
  ),
  IMAGE_TOO_MANY_SCANS: httpError(
    422,
    'The progressive JPEG has too many scans for its size; save it as a baseline JPEG.',
  ),
  IMAGE_TOO_SLOW: httpError(
    422,
    'Decoding takes longer than DECODE_TIMEOUT_MS; save it as a JPEG.',
  ),
  IMAGE_DAMAGED: httpError(422, 'The image cannot be decoded.'),
  IMAGE_TRUNCATED: httpError(422, 'The image ends too early.'),
  IMAGE_POLYGLOT: httpError(422, 'The file is an image and something else at the same time.'),
  IMAGE_TOO_MANY_FRAMES: httpError(422, 'The image is an animation with too many frames.'),
  IMAGE_METADATA_TOO_LARGE: httpError(422, 'The metadata of the image is too large.'),
  PAYLOAD_INVALID: httpError(422, 'The embedder cannot read the job.'),
  WORKER_CRASHED: httpError(422, 'The image crashes the embedder.'),
  OBJECT_NOT_FOUND: httpError(404, 'The image was deleted before the embedder read it.'),
  OBJECT_CHANGED: httpError(409, 'The image was overwritten before the embedder read it.'),
  OBJECT_ARCHIVED: httpError(409, 'The image is in a storage class that must be restored first.'),
  OBJECT_TOO_LARGE: httpError(413, 'The image has more bytes than the embedder accepts.'),
  EMBEDDING_INVALID: httpError(500, 'The embedder returned an embedding of the wrong form.'),
  DECODER_CRASHED: httpError(503, 'The process that decodes the image failed; try again.'),
  INFERENCE_CRASHED: httpError(503, 'The inference process crashed; try again.'),
  INFERENCE_FAILED: httpError(503, 'The network failed; try again.'),
  INFERENCE_HUNG: httpError(503, 'The network did not answer in time; try again.'),
  STAGE_TIMEOUT: httpError(500, 'The embedder did not finish the image in time.'),
  NO_RESULT: httpError(500, 'The embedder finished without a result.'),
  DEADLINE_EXCEEDED: httpError(504, 'No embedder answered within QUERY_DEADLINE_MS.'),
};

const SHUTTING_DOWN = httpError(503, 'The process is shutting down; send the request again.');

/** A service waits for its dependencies before it starts; only /health is answered until then. */
const STARTING = httpError(503, 'A dependency does not answer yet; `/health/ready` names it.');

const WRONG_INSTANCE = httpError(
  421,
  'The header `X-Sightline-Instance` names another installation than the one that this service belongs to.',
);

/** All errors of a route: its own, and those of the checks that every request goes through. */
export function errorsOf(definition: Route): HttpErrors {
  const { access, method, params, query, body, errors, path, isQuery } = definition;
  const isProbe = path.startsWith('/health/');
  const parses = params !== undefined || query !== undefined || body !== undefined;
  return {
    ...(access === 'public' ? {} : ACCESS_ERRORS),
    ...(isProbe ? {} : BROWSER_ERRORS),
    ...(isQuery ? { RATE_LIMITED } : {}),
    ...(parses ? { REQUEST_INVALID } : {}),
    ...(method === 'GET' ? {} : JSON_ERRORS),
    ...(params === undefined ? {} : { HTTP_400: JSON_ERRORS.HTTP_400! }),
    ...(access === 'tenant' ? REDIS_ERRORS : {}),
    ...errors,
    ...(isProbe ? {} : { STARTING }),
    ...(isProbe || access === 'metrics' ? {} : { SHUTTING_DOWN }),
    WRONG_INSTANCE,
    INTERNAL: httpError(500, 'Unexpected error; the log of the service has the details.'),
  };
}
