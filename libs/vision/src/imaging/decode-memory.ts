import { type Metadata } from 'sharp';

/** As measured of pictures of 64 megapixels: planes, colour conversion and alpha side by side. */
const AVIF_BYTES = 18;
/** All of a screen, with alpha. */
const GIF_BYTES = 5;
/** Rows of pixels as they are handed on, were none of it streamed. */
const STREAMED_BYTES = 3;

/** Bytes a pixel that decoding a file holds at most. What is not stored row by row is held as a whole. */
export function decodeBytesPerPixel(metadata: Metadata): number {
  const { format, channels, depth, isProgressive } = metadata;
  if (format === 'heif') return AVIF_BYTES;
  if (format === 'gif') return GIF_BYTES;
  if (!isProgressive) return STREAMED_BYTES;
  // A progressive JPEG's coefficients have two bytes, an interlaced PNG's samples as many as they have.
  const sampleBytes = format === 'jpeg' || depth === 'ushort' ? 2 : 1;
  return Math.max(STREAMED_BYTES, channels * sampleBytes + 1);
}
