/** Reads headers and pixels of every format that is decoded. */
import { type Size } from './geometry.js';
import { type DecodedFormat } from './inspect-image.js';
import { isMagickFormat } from './magick-formats.js';
import { decodeImage, decodeTiff, type PictureHeader, readHeader } from './sharp-codec.js';

/**
 * Size of the upright picture, without decoding it.
 * @throws PipelineError IMAGE_TRUNCATED or IMAGE_DAMAGED
 */
export async function readPictureHeader(
  bytes: Buffer,
  format: DecodedFormat,
): Promise<PictureHeader> {
  if (!isMagickFormat(format)) return readHeader(bytes);
  const { readMagickHeader } = await import('./magick-codec.js');
  return readMagickHeader(bytes, format);
}

/**
 * Pixels of the upright picture at `size`: rows of RGB triples.
 * @param isStrict see decodeImage
 * @throws PipelineError IMAGE_TRUNCATED or IMAGE_DAMAGED
 */
export async function decodePicture(
  bytes: Buffer,
  format: DecodedFormat,
  size: Size,
  isStrict: boolean,
): Promise<Uint8Array> {
  if (format === 'tiff') return decodeTiff(bytes, size);
  if (!isMagickFormat(format)) return decodeImage(bytes, size, isStrict);
  const { decodeMagick } = await import('./magick-codec.js');
  return decodeMagick(bytes, format, size);
}
