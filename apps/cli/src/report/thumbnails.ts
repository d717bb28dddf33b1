import { type Sharp } from 'sharp';
import { type Box } from '#shared/contracts/image-ref.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { openUpright } from '#vision/imaging/open-upright.js';

/** Side of the square, as a multiple of the longer side of the face box. */
const CROP_SCALE = 1.5;
/** More than ingest accepts by default. The embedder has checked these images already. */
const MAX_BYTES = 256 * 1024 * 1024;
const JPEG = { quality: 74, mozjpeg: true };

/** The picture, or the reason why there is none. */
export type Thumbnail = { readonly uri: string } | { readonly problem: string };

export interface ImageToShow {
  readonly key: string;
  readonly version?: string;
}

interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** Makes small upright JPEGs of the images of a store, as data: URIs. */
export class Thumbnails {
  constructor(private readonly objects: ObjectStore) {}

  /** The whole image, at most `size` pixels wide and high. */
  async whole(image: ImageToShow, size: number): Promise<Thumbnail> {
    return this.make(image, (upright) =>
      upright.resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true }),
    );
  }

  /** A square around a face, `size` pixels wide and high. */
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
      const jpeg = await shape(await openUpright(bytes))
        .flatten({ background: '#fff' })
        .jpeg(JPEG)
        .toBuffer();
      return { uri: `data:image/jpeg;base64,${jpeg.toString('base64')}` };
    } catch (error) {
      return { problem: error instanceof PipelineError ? error.code : (error as Error).message };
    }
  }
}

interface CropRegion {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A square around a face in whole pixels, moved and shrunk so that it is inside the image. */
export function cropAround(box: Box, image: PixelSize): CropRegion {
  const wanted = Math.round(Math.max(box.width, box.height) * CROP_SCALE);
  const side = Math.max(1, Math.min(wanted, image.width, image.height));
  return {
    left: clamp(box.x + (box.width - side) / 2, image.width - side),
    top: clamp(box.y + (box.height - side) / 2, image.height - side),
    width: side,
    height: side,
  };
}

function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(Math.round(value), max));
}
