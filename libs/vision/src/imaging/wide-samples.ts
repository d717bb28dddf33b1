/** Converts samples of 32 bits, which only TIFF files have, to 8 bits. libvips clips them instead. */
import sharp, { type Metadata } from 'sharp';
import { type Size } from './geometry.js';

const WIDE = new Set<Metadata['depth']>(['float', 'double', 'int', 'uint']);

export function hasWideSamples({ depth }: Metadata): boolean {
  return WIDE.has(depth);
}

/**
 * Decodes to upright 8-bit sRGB of exactly `size`. Zero becomes black. White is 1 when no sample is larger, as
 * editors write it, else the largest sample. Colours up to 1 are linear light, as libvips has it.
 */
export async function decodeWideSamples(
  bytes: Buffer,
  { space }: Metadata,
  size: Size,
): Promise<Buffer> {
  const { data, info } = await sharp(bytes, { failOn: 'error', limitInputPixels: false })
    .autoOrient()
    .resize(size.width, size.height, { fit: 'fill', kernel: 'linear' })
    .toColourspace(space)
    .raw({ depth: 'float' })
    .toBuffer({ resolveWithObject: true });
  const samples = new Float32Array(data.buffer, data.byteOffset, data.length / 4);
  const { low, high } = rangeOf(samples);
  const isLinearLight = space === 'scrgb' && high <= 1;
  const white = Math.max(high, 1);
  const toByte = (value: number) => {
    const share = Number.isFinite(value) ? Math.max(0, (value - low) / (white - low)) : 0;
    return Math.round(255 * (isLinearLight ? encodeLight(share) : share));
  };
  const colours = info.channels >= 3 ? 3 : 1;
  const pixels = Buffer.allocUnsafe(size.width * size.height * 3);
  for (let pixel = 0, to = 0; to < pixels.length; pixel += info.channels) {
    for (let channel = 0; channel < 3; channel++) {
      pixels[to++] = toByte(samples[pixel + Math.min(channel, colours - 1)]!);
    }
  }
  return pixels;
}

/** Smallest and largest sample; black is at most 0. */
function rangeOf(samples: Float32Array): { low: number; high: number } {
  let low = 0;
  let high = 0;
  for (const value of samples) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** The transfer function of sRGB. */
function encodeLight(share: number): number {
  return share <= 0.0031308 ? 12.92 * share : 1.055 * share ** (1 / 2.4) - 0.055;
}
