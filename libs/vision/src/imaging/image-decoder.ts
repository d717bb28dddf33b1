import sharp from 'sharp';
import { NO_OBSERVER, type PipelineObserver } from '../pipeline-observer.js';
import { type Size } from './geometry.js';
import { decodeFailure, readHeader } from './image-header.js';
import { workingSize, type ImageLimits } from './image-limits.js';
import { MemoryBudget } from './memory-budget.js';
import { PixelArena } from './pixel-arena.js';

const CHANNELS = 3;

/** RGB pixels in the pixel arena. */
export interface Picture extends Size {
  /** Bytes from the start of the arena. */
  readonly offset: number;
}

/** An upright picture in the pixel arena, perhaps shrunk. */
export interface DecodedImage extends Picture {
  /** Pixels of the upright picture as it is in the file. */
  readonly original: Size;
  /** The same picture shrunk once for all looks that want it no larger; the picture itself when small. */
  readonly coarse: Picture;
}

/** How much smaller than the decoded picture the coarse one is; 1 for none. */
type CoarseScale = (picture: Size, original: Size) => number;

export interface DecoderSettings extends ImageLimits {
  /** Bytes of pixels that wait for or are in inference. */
  readonly pixelMemory: number;
  /** Bytes that decoders hold at once; a larger picture is decoded alone. */
  readonly decodeMemory: number;
}

/** Decodes files into the arena that inference threads read, within bounded memory. */
export class ImageDecoder {
  readonly arena: PixelArena;
  private readonly budget: MemoryBudget;
  private busyMs = 0;

  constructor(
    private readonly settings: DecoderSettings,
    private readonly coarseScale: CoarseScale,
    private readonly observer: PipelineObserver = NO_OBSERVER,
  ) {
    harden();
    this.arena = new PixelArena(settings.pixelMemory);
    this.budget = new MemoryBudget(settings.decodeMemory);
  }

  /** Milliseconds spent decoding, summed over images that were decoded side by side. */
  get decodeMs(): number {
    return this.busyMs;
  }

  /**
   * Decodes `bytes`, gives the picture to `use` and takes its memory back afterwards.
   * @throws PipelineError of readHeader and decodeImage
   */
  async withImage<T>(bytes: Buffer, use: (image: DecodedImage) => Promise<T>): Promise<T> {
    const { decodeBytes, ...original } = await readHeader(bytes, this.settings);
    const size = workingSize(original.width, original.height, this.settings.workingSide);
    const coarse = coarseSize(size, this.coarseScale(size, original));
    const fineBytes = size.width * size.height * CHANNELS;
    const coarseBytes = coarse ? coarse.width * coarse.height * CHANNELS : 0;
    // Both at once: who holds one while waiting for the other could wait for ever.
    const slot = await this.arena.allocate(fineBytes + coarseBytes);
    const fine = { ...size, offset: slot.offset };
    try {
      await this.budget.run(decodeBytes, async () => {
        const startedAt = performance.now();
        const pixels = await decodeImage(bytes, size);
        const shrunk = coarse && (await shrinkPixels(pixels, size, coarse));
        const endedAt = performance.now();
        this.busyMs += endedAt - startedAt;
        this.observer.stage('decode', startedAt, endedAt);
        const target = new Uint8Array(this.arena.memory, slot.offset, slot.bytes);
        target.set(pixels);
        if (shrunk) target.set(shrunk, fineBytes);
      });
      const small = coarse ? { ...coarse, offset: slot.offset + fineBytes } : fine;
      return await use({ ...fine, original, coarse: small });
    } finally {
      this.arena.release(slot);
    }
  }
}

/** Null when there is nothing to shrink. */
function coarseSize({ width, height }: Size, scale: number): Size | null {
  if (scale <= 1) return null;
  return {
    width: Math.max(1, Math.round(width / scale)),
    height: Math.max(1, Math.round(height / scale)),
  };
}

/**
 * Decodes to upright 8-bit sRGB of exactly `size`, rows of RGB triples: EXIF orientation applied,
 * CMYK, greyscale, 16-bit and profiled pictures converted, transparency laid on mid-grey, the first
 * frame of several. JPEG and WebP are shrunk while loading.
 * @throws PipelineError IMAGE_TRUNCATED or IMAGE_DAMAGED
 */
export async function decodeImage(bytes: Buffer, size: Size): Promise<Buffer> {
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
async function shrinkPixels(pixels: Buffer, from: Size, to: Size): Promise<Buffer> {
  return sharp(pixels, { raw: { width: from.width, height: from.height, channels: 3 } })
    .resize(to.width, to.height, { fit: 'fill', kernel: 'linear' })
    .raw({ depth: 'uchar' })
    .toBuffer();
}

/**
 * Sets libvips up once per process: only the loaders of the formats that are decoded, only from
 * memory (no file a crafted image could name), no operation cache (memory stays flat), and one
 * thread an image, since many are decoded at once.
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
