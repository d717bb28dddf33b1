import { NO_OBSERVER, type PipelineObserver } from '../pipeline-observer.js';
import {
  type DecodeOptions,
  DecoderProcesses,
  type DecoderProcessSettings,
} from './decoder-processes.js';
import { type Size } from './geometry.js';
import { checkPixels, decodedPixels, type ImageLimits, workingSize } from './image-limits.js';
import { type CheckedImage, inspectImage, isIncomplete } from './inspect-image.js';
import { MemoryBudget } from './memory-budget.js';
import { PixelArena, type PixelSlot } from './pixel-arena.js';
import { decodeImage, harden, type PictureHeader, readHeader, shrinkRaw } from './sharp-codec.js';

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
  /** Whether the file ends before the picture does. What is missing is grey or repeated. */
  readonly incomplete: boolean;
}

/** Ratio of the size of the decoded picture to that of its smaller copy; 1 for no copy. */
type CoarseScale = (picture: Size, original: Size) => number;

export interface DecoderSettings extends ImageLimits, DecoderProcessSettings {
  /** Maximum memory of pixels that wait for inference or are in it, bytes. */
  readonly pixelMemory: number;
  /** Maximum memory of all decoders together, bytes. A picture that needs more is decoded alone. */
  readonly decodeMemory: number;
}

/** Sizes of a picture: in the file, decoded, and of the smaller copy. */
interface PictureSizes {
  readonly original: Size;
  readonly working: Size;
  /** Null when no smaller copy is needed. */
  readonly coarse: Size | null;
  /** Estimated memory that decoding needs, bytes. */
  readonly decodeBytes: number;
}

/** A picture in the arena, and the part of the arena to release after use. */
interface Placed {
  readonly slot: PixelSlot;
  readonly decoded: Omit<DecodedImage, 'incomplete'>;
}

/**
 * Decodes image files into the pixel arena, which inference threads read. Memory is bounded. Images that are
 * surely cheap are decoded in this process; all others in processes that can be ended.
 */
export class ImageDecoder {
  readonly arena: PixelArena;
  private readonly processes: DecoderProcesses;
  /** One for each kind, so that expensive images hold no memory that cheap ones wait for. */
  private readonly budgets: Readonly<Record<'cheap' | 'expensive', MemoryBudget>>;
  private busyMs = 0;

  constructor(
    private readonly settings: DecoderSettings,
    private readonly coarseScale: CoarseScale,
    private readonly observer: PipelineObserver = NO_OBSERVER,
  ) {
    harden();
    this.arena = new PixelArena(settings.pixelMemory);
    this.processes = new DecoderProcesses(settings);
    const share = Math.ceil(settings.decodeMemory / 2);
    this.budgets = { cheap: new MemoryBudget(share), expensive: new MemoryBudget(share) };
  }

  /** Milliseconds spent on decoding, summed over images that were decoded in parallel. */
  get decodeMs(): number {
    return this.busyMs;
  }

  /** Ends the decoder processes. Call it when no image is in progress. */
  close(): void {
    this.processes.close();
  }

  /**
   * Decodes `bytes`, passes the picture to `use` and releases its memory afterwards.
   * @throws PipelineError see inspectImage, checkPixels, decodeImage and DecoderProcess; the reason of the signal
   */
  async withImage<T>(
    bytes: Buffer,
    use: (image: DecodedImage) => Promise<T>,
    options: DecodeOptions = {},
  ): Promise<T> {
    const image = inspectImage(bytes, this.settings);
    const { slot, decoded } = await this.decode(image, options);
    try {
      options.signal?.throwIfAborted();
      return await use({ ...decoded, incomplete: isIncomplete(image) });
    } finally {
      this.arena.release(slot);
    }
  }

  private async decode(image: CheckedImage, options: DecodeOptions): Promise<Placed> {
    const { signal } = options;
    signal?.throwIfAborted();
    const header = isCheapFormat(image) ? await readHeader(image.bytes) : null;
    const sizes = header && this.sizesOf(image, header);
    if (!sizes || isLarge(image, sizes)) return this.decodeExpensive(image, options);
    return this.place(sizes, () => {
      const decode = () =>
        this.timed(() => decodeImage(image.bytes, sizes.working, isStrict(image)));
      return this.budgets.cheap.run(sizes.decodeBytes, decode, signal);
    });
  }

  /** Takes memory for pixels only when it has them, so that cheap images never wait for expensive ones. */
  private async decodeExpensive(image: CheckedImage, options: DecodeOptions): Promise<Placed> {
    return this.processes.run(options, async (process) => {
      const sizes = this.sizesOf(image, await process.header(image));
      const decode = () => this.timed(() => process.pixels(sizes.working, isStrict(image)));
      const pixels = await this.budgets.expensive.run(sizes.decodeBytes, decode, options.signal);
      return this.place(sizes, () => Promise.resolve(pixels));
    });
  }

  /** Puts the pixels and a smaller copy into the arena. */
  private async place(
    { original, working, coarse }: PictureSizes,
    decode: () => Promise<Uint8Array>,
  ): Promise<Placed> {
    const fineBytes = bytesOf(working);
    // Allocated together: holding one while waiting for the other could deadlock.
    const slot = await this.arena.allocate(fineBytes + (coarse ? bytesOf(coarse) : 0));
    try {
      const pixels = await decode();
      const target = new Uint8Array(this.arena.memory, slot.offset, slot.bytes);
      target.set(pixels);
      if (coarse) {
        target.set(await shrinkRaw(pixels, { ...working, channels: CHANNELS }, coarse), fineBytes);
      }
      const fine = { ...working, offset: slot.offset };
      const small = coarse ? { ...coarse, offset: slot.offset + fineBytes } : fine;
      return { slot, decoded: { ...fine, original, coarse: small } };
    } catch (error) {
      this.arena.release(slot);
      throw error;
    }
  }

  /** @throws PipelineError IMAGE_TOO_LARGE */
  private sizesOf({ format, jpeg }: CheckedImage, header: PictureHeader): PictureSizes {
    const original = { width: header.width, height: header.height };
    const working = workingSize(original.width, original.height, this.settings.workingSide);
    const isShrunk = format === 'jpeg' && !jpeg?.isHeldWhole;
    const decoded = decodedPixels(original, working, isShrunk);
    checkPixels(original, decoded, this.settings);
    const coarse = coarseSize(working, this.coarseScale(working, original));
    return { original, working, coarse, decodeBytes: decoded * header.bytesPerPixel };
  }

  private async timed<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      const endedAt = performance.now();
      this.busyMs += endedAt - startedAt;
      this.observer.stage('decode', startedAt, endedAt);
    }
  }
}

/** Formats whose decoding time is surely in proportion to the pixels. */
const CHEAP_FORMATS = new Set(['jpeg', 'png', 'webp']);
/** More pixels, or pixels times scans, take more than about half a second. */
const CHEAP_PIXELS = 40_000_000;

function isCheapFormat({ format }: CheckedImage): boolean {
  return CHEAP_FORMATS.has(format);
}

function isLarge({ jpeg }: CheckedImage, { original: { width, height } }: PictureSizes): boolean {
  // What was not understood may cost anything.
  if (jpeg?.ending === 'unknown') return true;
  const passes = jpeg?.isHeldWhole ? Math.max(1, jpeg.scans / 4) : 1;
  return width * height * passes > CHEAP_PIXELS;
}

/** Only a strict decoder tells whether the compressed data are complete, up to the last row of blocks. */
function isStrict({ jpeg }: CheckedImage): boolean {
  return jpeg?.ending === 'unmarked';
}

function bytesOf({ width, height }: Size): number {
  return width * height * CHANNELS;
}

/** Null when no smaller copy is needed. */
function coarseSize({ width, height }: Size, scale: number): Size | null {
  if (scale <= 1) return null;
  return {
    width: Math.max(1, Math.round(width / scale)),
    height: Math.max(1, Math.round(height / scale)),
  };
}
