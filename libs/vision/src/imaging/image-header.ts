import sharp, { type Metadata } from 'sharp';
import { imageError } from './image-error.js';
import { checkBytes, checkPixels, type ImageLimits } from './image-limits.js';
import { decodeFailure } from './decode-failure.js';
import { sniffFormat } from './sniff-format.js';

export interface ImageHeader {
  /** Pixels of the upright picture. */
  readonly width: number;
  readonly height: number;
}

/**
 * Reads what a file says it is, without decoding it.
 * @throws PipelineError IMAGE_EMPTY, IMAGE_FORMAT_UNSUPPORTED, IMAGE_TOO_LARGE, IMAGE_TRUNCATED or IMAGE_DAMAGED
 */
export async function readHeader(bytes: Buffer, limits: ImageLimits): Promise<ImageHeader> {
  checkBytes(bytes.length, limits);
  if (!sniffFormat(bytes)) {
    throw imageError(
      'IMAGE_FORMAT_UNSUPPORTED',
      'the content is no JPEG, PNG, WebP, AVIF, GIF or TIFF; convert it to one of these',
    );
  }
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    throw decodeFailure(error, bytes);
  }
  const { width, height } = metadata.autoOrient;
  checkPixels(width, height, limits);
  return { width, height };
}
