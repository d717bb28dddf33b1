import sharp, { type Sharp } from 'sharp';
import { readPictureHeader } from './codec.js';
import { type ImageLimits } from './image-limits.js';
import { inspectImage } from './inspect-image.js';
import { isMagickFormat } from './magick-formats.js';

/** For files that an embedder has accepted, perhaps with higher limits than the defaults. */
const NO_LIMITS: ImageLimits = {
  maxBytes: Infinity,
  maxPixels: Infinity,
  maxPixelScans: Infinity,
  maxFrames: Infinity,
  workingSide: Infinity,
};

/**
 * Opens a file of any supported format upright and in its full size, to show it or parts of it. Coordinates are
 * those of sightings.
 * @throws PipelineError IMAGE_*; the returned picture rejects when the file is damaged
 */
export async function openUpright(file: Buffer): Promise<Sharp> {
  const { format, bytes } = inspectImage(file, NO_LIMITS);
  if (!isMagickFormat(format)) {
    return sharp(bytes, { failOn: 'error', limitInputPixels: false }).autoOrient();
  }
  const { width, height } = await readPictureHeader(bytes, format);
  const { decodeMagick } = await import('./magick-codec.js');
  const pixels = await decodeMagick(bytes, format, { width, height });
  return sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}
