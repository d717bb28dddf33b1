import sharp, { type Sharp } from 'sharp';
import { type Box } from '#shared/contracts/image-ref.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';

/** How much wider than the face's box the square is. */
const MARGIN = 1.5;

interface CropRegion {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Whole pixels of a square around a face, moved and shrunk to lie inside the image. */
export function cropAround(
  box: Box,
  image: { readonly width: number; readonly height: number },
): CropRegion {
  const wanted = Math.round(Math.max(box.width, box.height) * MARGIN);
  const side = Math.max(1, Math.min(wanted, image.width, image.height));
  return {
    left: inside(box.x + (box.width - side) / 2, image.width - side),
    top: inside(box.y + (box.height - side) / 2, image.height - side),
    width: side,
    height: side,
  };
}

function inside(value: number, most: number): number {
  return Math.max(0, Math.min(Math.round(value), most));
}

/** Beyond what ingest takes by default; the embedder has judged these images before. */
const MAX_BYTES = 256 * 1024 * 1024;
const JPEG = { quality: 74, mozjpeg: true };

export interface ImageToShow {
  readonly key: string;
  readonly version?: string;
}

/** Small upright pictures of a store's images, as data: URIs. */
export class Thumbnails {
  constructor(private readonly objects: ObjectStore) {}

  /** @returns the picture within a square of `size` pixels, or the reason why there is none */
  async whole(image: ImageToShow, size: number): Promise<Thumbnail> {
    return this.make(image, (upright) =>
      upright.resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true }),
    );
  }

  /** A square of `size` pixels around a face. */
  async face(image: ImageToShow & PixelSize, box: Box, size: number): Promise<Thumbnail> {
    return this.make(image, (upright) =>
      upright.extract(cropAround(box, image)).resize({ width: size, height: size }),
    );
  }

  private async make(
    { key, version }: ImageToShow,
    shape: (upright: Sharp) => Sharp,
  ): Promise<Thumbnail> {
    try {
      const bytes = await this.objects.get(key, {
        maxBytes: MAX_BYTES,
        ...(version !== undefined && { version }),
      });
      const upright = sharp(bytes, { failOn: 'error', limitInputPixels: false }).autoOrient();
      const jpeg = await shape(upright).flatten({ background: '#fff' }).jpeg(JPEG).toBuffer();
      return { uri: `data:image/jpeg;base64,${jpeg.toString('base64')}` };
    } catch (error) {
      return { problem: error instanceof PipelineError ? error.code : (error as Error).message };
    }
  }
}

export type Thumbnail = { readonly uri: string } | { readonly problem: string };

interface PixelSize {
  readonly width: number;
  readonly height: number;
}
