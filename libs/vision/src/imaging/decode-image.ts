import sharp from 'sharp';
import { decodeFailure } from './decode-failure.js';

/**
 * Decodes to upright 8-bit sRGB of exactly `size`, rows of RGB triples: EXIF orientation applied,
 * CMYK, greyscale, 16-bit and profiled pictures converted, transparency laid on mid-grey, the first
 * frame of several. JPEG and WebP are shrunk while loading.
 * @throws PipelineError IMAGE_TRUNCATED or IMAGE_DAMAGED
 */
export async function decodeImage(
  bytes: Buffer,
  size: { readonly width: number; readonly height: number },
): Promise<Buffer> {
  try {
    return await sharp(bytes, {
      // Refuses truncated and broken data, lets warnings about odd metadata pass.
      failOn: 'error',
      limitInputPixels: false,
      sequentialRead: true,
    })
      .autoOrient()
      .resize(size.width, size.height, { fit: 'fill', kernel: 'linear' })
      .flatten({ background: { r: 127, g: 127, b: 127 } })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer();
  } catch (error) {
    throw decodeFailure(error, bytes);
  }
}

/** Shrinks rows of RGB triples, several times faster than JavaScript does. */
export async function shrinkPixels(
  pixels: Buffer,
  from: { readonly width: number; readonly height: number },
  to: { readonly width: number; readonly height: number },
): Promise<Buffer> {
  return sharp(pixels, { raw: { width: from.width, height: from.height, channels: 3 } })
    .resize(to.width, to.height, { fit: 'fill', kernel: 'linear' })
    .raw({ depth: 'uchar' })
    .toBuffer();
}
