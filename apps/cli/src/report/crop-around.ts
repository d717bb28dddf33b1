import { type Box } from '#shared/contracts/image-ref.js';

/** How much wider than the face's box the square is. */
const MARGIN = 1.5;

export interface CropRegion {
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
