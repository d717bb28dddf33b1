import sharp, { type Metadata } from 'sharp';
import { decodeBytesPerPixel } from './decode-memory.js';
import { decodeFailure } from './decode-failure.js';
import { imageError } from './image-error.js';
import {
  checkBytes,
  checkPixels,
  checkStructure,
  MAX_METADATA_PARTS,
  type ImageLimits,
} from './image-limits.js';
import { type ImageFormat, sniffFormat } from './sniff-format.js';
import { readStructure } from './structure/read-structure.js';
import { foreignContent } from './structure/foreign-content.js';

export interface ImageHeader {
  /** Pixels of the upright picture. */
  readonly width: number;
  readonly height: number;
  /** Memory that decoding takes, bytes. */
  readonly decodeBytes: number;
}

/**
 * Reads what a file says it is, without decoding it. What would cost much is refused before a decoder
 * sees a byte of it.
 * @throws PipelineError IMAGE_EMPTY, IMAGE_FORMAT_UNSUPPORTED, IMAGE_TOO_LARGE, IMAGE_TOO_MANY_FRAMES,
 *   IMAGE_METADATA_TOO_LARGE, IMAGE_POLYGLOT, IMAGE_TRUNCATED or IMAGE_DAMAGED
 */
export async function readHeader(bytes: Buffer, limits: ImageLimits): Promise<ImageHeader> {
  checkBytes(bytes.length, limits);
  const format = sniffFormat(bytes);
  if (!format) {
    throw imageError(
      'IMAGE_FORMAT_UNSUPPORTED',
      'the content is no JPEG, PNG, WebP, AVIF, GIF or TIFF; convert it to one of these',
    );
  }
  checkContent(bytes, format, limits);
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    throw decodeFailure(error, bytes);
  }
  const { width, height } = metadata.autoOrient;
  checkPixels(width, height, limits);
  return { width, height, decodeBytes: width * height * decodeBytesPerPixel(metadata) };
}

function checkContent(bytes: Buffer, format: ImageFormat, limits: ImageLimits): void {
  const structure = readStructure(bytes, format, {
    maxFrames: limits.maxFrames,
    maxParts: MAX_METADATA_PARTS,
  });
  checkStructure(structure, limits);
  const foreign = foreignContent(bytes, structure.end);
  if (!foreign) return;
  throw imageError(
    'IMAGE_POLYGLOT',
    `the file is a picture and ${foreign} at once; save the picture alone`,
  );
}
