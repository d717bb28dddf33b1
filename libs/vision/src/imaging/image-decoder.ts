import sharp from 'sharp';
import { NO_OBSERVER, type PipelineObserver } from '../pipeline-observer.js';
import { type Size } from './geometry.js';
import { decodeFailure, readHeader } from './image-header.js';
import { workingSize, type ImageLimits } from './image-limits.js';
import { MemoryBudget } from './memory-budget.js';
import { PixelArena } from './pixel-arena.js';

const CHANNELS = 3;

/** RGB pixels in the pixel arena, 3 bytes per pixel, row by row. */
export interface Picture extends Size {
  /** Bytes from the start of the arena. */
  readonly offset: number;
}

/** An upright picture in the pixel arena, shrunk if it was larger than the working size. */
export interface DecodedImage extends Picture {
  /** Size of the upright picture in the file, pixels. */
  readonly original: Size;
  /** A smaller copy for crops that need no more resolution; the picture itself when it is small. */
  readonly coarse: Picture;
}

/** Ratio of the size of the decoded picture to that of its smaller copy; 1 for no copy. */
type CoarseScale = (picture: Size, original: Size) => number;

export interface DecoderSettings extends ImageLimits {
  /** Maximum memory of pixels that wait for inference or are in it, bytes. */
  readonly pixelMemory: number;
  /** Maximum memory of all decoders together, bytes. A picture that needs more is decoded alone. */
  readonly decodeMemory: number;
}

/** Decodes image files into the pixel arena, which inference threads read. Memory is bounded. */
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

  /** Milliseconds spent on decoding, summed over images that were decoded in parallel. */
  get decodeMs(): number {
    return this.busyMs;
  }

  /**
   * Decodes `bytes`, passes the picture to `use` and releases its memory afterwards.
   * @throws PipelineError see readHeader and decodeImage
   */
  async withImage<T>(bytes: Buffer, use: (image: DecodedImage) => Promise<T>): Promise<T> {
    const { decodeBytes, ...original } = await readHeader(bytes, this.settings);
    const size = workingSize(original.width, original.height, this.settings.workingSide);
    const coarse = coarseSize(size, this.coarseScale(size, original));
    const fineBytes = size.width * size.height * CHANNELS;
    const coarseBytes = coarse ? coarse.width * coarse.height * CHANNELS : 0;
    // Allocated together: holding one while waiting for the other could deadlock.
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

/** Null when no smaller copy is needed. */
function coarseSize({ width, height }: Size, scale: number): Size | null {
  if (scale <= 1) return null;
  return {
    width: Math.max(1, Math.round(width / scale)),
    height: Math.max(1, Math.round(height / scale)),
  };
}

/**
 * Decodes to upright 8-bit sRGB of exactly `size`, rows of RGB triples. Applies the EXIF orientation;
 * converts CMYK, greyscale, 16-bit and pictures with a colour profile; puts transparent pictures on
 * mid-grey; takes the first frame. JPEG and WebP are shrunk while they are loaded.
 * @throws PipelineError IMAGE_TRUNCATED or IMAGE_DAMAGED
 */
export async function decodeImage(bytes: Buffer, size: Size): Promise<Buffer> {
  try {
    return await sharp(bytes, {
      // Rejects truncated and broken data; ignores warnings about unusual metadata.
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

/** Shrinks rows of RGB triples. Several times faster than in JavaScript. */
async function shrinkPixels(pixels: Buffer, from: Size, to: Size): Promise<Buffer> {
  return sharp(pixels, { raw: { width: from.width, height: from.height, channels: 3 } })
    .resize(to.width, to.height, { fit: 'fill', kernel: 'linear' })
    .raw({ depth: 'uchar' })
    .toBuffer();
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
