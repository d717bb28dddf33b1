/** Decodes JPEG, PNG, WebP, GIF, TIFF and AVIF with sharp. */
import sharp, { type Metadata, type Sharp } from 'sharp';
import { decodeFailure } from './decode-failure.js';
import { type Size } from './geometry.js';
import { decodeBytesPerPixel } from './image-limits.js';
import { decodeWideSamples, hasWideSamples } from './wide-samples.js';

export interface PictureHeader extends Size {
  /** Estimated memory that decoding needs, bytes per decoded pixel. */
  readonly bytesPerPixel: number;
}

/**
 * Size of the upright picture, without decoding it.
 * @throws PipelineError IMAGE_TRUNCATED or IMAGE_DAMAGED
 */
export async function readHeader(bytes: Buffer): Promise<PictureHeader> {
  const metadata = await readMetadata(bytes);
  const { width, height } = metadata.autoOrient;
  return { width, height, bytesPerPixel: decodeBytesPerPixel(metadata) };
}

async function readMetadata(bytes: Buffer): Promise<Metadata> {
  try {
    return await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    throw decodeFailure(error, bytes);
  }
}

/**
 * Decodes to upright 8-bit sRGB of exactly `size`, rows of RGB triples. Applies the EXIF orientation;
 * converts CMYK, greyscale, 16-bit and pictures with a colour profile; puts transparent pictures on
 * mid-grey; takes the first frame. JPEG and WebP are shrunk while they are loaded.
 * @param isStrict whether a warning about the compressed data is an error as well
 * @throws PipelineError IMAGE_TRUNCATED or IMAGE_DAMAGED
 */
export async function decodeImage(bytes: Buffer, size: Size, isStrict = false): Promise<Buffer> {
  try {
    const image = sharp(bytes, {
      // Rejects truncated and broken data; ignores warnings about unusual metadata.
      failOn: isStrict ? 'warning' : 'error',
      limitInputPixels: false,
      sequentialRead: true,
    });
    return await toPixels(image, size);
  } catch (error) {
    throw decodeFailure(error, bytes);
  }
}

/**
 * Like decodeImage; samples of 32 bits are scaled.
 * @throws PipelineError IMAGE_TRUNCATED or IMAGE_DAMAGED
 */
export async function decodeTiff(bytes: Buffer, size: Size): Promise<Buffer> {
  const metadata = await readMetadata(bytes);
  if (!hasWideSamples(metadata)) return decodeImage(bytes, size);
  try {
    return await decodeWideSamples(bytes, metadata, size);
  } catch (error) {
    throw decodeFailure(error, bytes);
  }
}

function toPixels(image: Sharp, size: Size): Promise<Buffer> {
  return image
    .autoOrient()
    .resize(size.width, size.height, { fit: 'fill', kernel: 'linear' })
    .flatten({ background: { r: 127, g: 127, b: 127 } })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer();
}

/** Rows of pixels with 3 or 4 samples of 8 bits. */
interface RawPixels extends Size {
  readonly channels: 3 | 4;
}

/** Shrinks pixels to RGB triples. Several times faster than in JavaScript. */
export async function shrinkRaw(pixels: Uint8Array, raw: RawPixels, to: Size): Promise<Buffer> {
  return toPixels(sharp(pixels, { raw, limitInputPixels: false }), to);
}

/**
 * Configures libvips for the whole process. Only the loaders of the supported formats are allowed, and
 * only from memory, so that a crafted image cannot name a file. No operation cache, so that memory
 * stays constant. One thread per image, because many images are decoded in parallel.
 */
export function harden(): void {
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: [
      'VipsForeignLoadJpegBuffer',
      'VipsForeignLoadPngBuffer',
      'VipsForeignLoadWebpBuffer',
      'VipsForeignLoadNsgifBuffer',
      'VipsForeignLoadTiffBuffer',
      'VipsForeignLoadHeifBuffer',
    ],
  });
}
