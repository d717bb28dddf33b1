import { type DetectedFace } from '#shared/contracts/detected-face.js';
import { type EmbedImageResult } from '#shared/contracts/embed-image.contract.js';
import { PipelineError, toPipelineError } from '#shared/contracts/pipeline-error.js';
import { requestError } from '../request-error.js';

type Found = Pick<EmbedImageResult, 'faces' | 'unusable'>;

/**
 * The face of an image that must show exactly one face.
 * @throws PipelineError NO_FACE, FACE_UNUSABLE or SEVERAL_FACES (422)
 */
export function onlyFace(found: Found, field: string): DetectedFace {
  const [face, ...others] = found.faces;
  if (!face) throw noUsableFace(found, field);
  if (others.length === 0) return face;
  const boxes = found.faces.map(({ box }) => box);
  throw requestError(
    422,
    'SEVERAL_FACES',
    `${field} shows ${boxes.length} faces; send an image that shows only the person, or crop it`,
    { field, faces: boxes.length, boxes },
  );
}

/**
 * The largest face of an image.
 * @throws PipelineError NO_FACE or FACE_UNUSABLE (422)
 */
export function largestFace(found: Found, field: string): DetectedFace {
  const area = ({ box }: DetectedFace) => box.width * box.height;
  const largest = [...found.faces].sort((a, b) => area(b) - area(a))[0];
  if (!largest) throw noUsableFace(found, field);
  return largest;
}

function noUsableFace({ unusable }: Found, field: string): PipelineError {
  if (unusable.length === 0) {
    return requestError(422, 'NO_FACE', `no face was found in ${field}`, { field, faces: 0 });
  }
  const reasons = unusable.map(({ reason }) => reason).join('; ');
  return requestError(
    422,
    'FACE_UNUSABLE',
    `${field} shows ${unusable.length === 1 ? 'a face' : `${unusable.length} faces`}, but none is usable for matching: ${reasons}`,
    { field, faces: 0, unusable },
  );
}

/**
 * Turns an error of the embedder into an answer to the client. An image that can never be processed is
 * the client's error (422).
 * @param field form field of the image
 */
export function imageError(error: unknown, field: string): PipelineError {
  const failure = toPipelineError(error, 'query');
  const { code, message, stage, details } = failure;
  const isClientError = failure.class === 'quarantine';
  return new PipelineError(code, isClientError ? `${field}: ${message}` : message, {
    stage,
    class: failure.class,
    cause: failure,
    httpStatus: isClientError && failure.httpStatus >= 500 ? 422 : failure.httpStatus,
    details: { ...details, field },
  });
}
