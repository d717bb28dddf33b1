import { decodeImage } from './decode-image.js';
import { harden } from './harden-decoder.js';
import { readHeader } from './image-header.js';
import { workingSize, type ImageLimits } from './image-limits.js';
import { MemoryBudget } from './memory-budget.js';
import { PixelArena, type PixelSlot } from './pixel-arena.js';

/** An upright picture in the pixel arena, perhaps shrunk. */
export interface DecodedImage {
  /** Pixels of the upright picture as it is in the file. */
  readonly original: { readonly width: number; readonly height: number };
  /** Pixels it was decoded to. */
  readonly width: number;
  readonly height: number;
  readonly slot: PixelSlot;
}

const CHANNELS = 3;

export interface DecoderSettings extends ImageLimits {
  /** Bytes of pixels that wait for or are in inference. */
  readonly pixelMemory: number;
  /** Bytes of full-size pixels that are being decoded, as if nothing were streamed. */
  readonly decodeMemory: number;
}

/** Decodes files into the arena that inference threads read, within bounded memory. */
export class ImageDecoder {
  readonly arena: PixelArena;
  private readonly budget: MemoryBudget;
  private busyMs = 0;

  constructor(private readonly settings: DecoderSettings) {
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
   * @throws PipelineError IMAGE_EMPTY, IMAGE_FORMAT_UNSUPPORTED, IMAGE_TOO_LARGE, IMAGE_TRUNCATED or IMAGE_DAMAGED
   */
  async withImage<T>(bytes: Buffer, use: (image: DecodedImage) => Promise<T>): Promise<T> {
    const original = await readHeader(bytes, this.settings);
    const size = workingSize(original.width, original.height, this.settings.workingSide);
    const slot = await this.arena.allocate(size.width * size.height * CHANNELS);
    try {
      await this.budget.run(original.width * original.height * CHANNELS, async () => {
        const startedAt = performance.now();
        const pixels = await decodeImage(bytes, size);
        this.busyMs += performance.now() - startedAt;
        new Uint8Array(this.arena.memory, slot.offset, slot.bytes).set(pixels);
      });
      return await use({ original, ...size, slot });
    } finally {
      this.arena.release(slot);
    }
  }
}
