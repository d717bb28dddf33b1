import { requireImage, type ImageFiles } from '#shared/platform/http/uploads.js';
import { type UploadedImage } from './face-finder.js';

/** @throws PipelineError IMAGE_MISSING or IMAGE_EMPTY (400) */
export function uploadedImage(files: ImageFiles | undefined, field: string): UploadedImage {
  const { buffer, mimetype } = requireImage(files, field);
  const known = /^image\/[a-z0-9.+-]+$/i.test(mimetype);
  return { bytes: buffer, contentType: known ? mimetype : 'application/octet-stream' };
}
