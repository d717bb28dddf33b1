import { ontoRectangle, type AffineMap } from '../imaging/affine-map.js';
import { type Region } from './region.js';

/** How a region of a picture lies in the top left of a network's input, its proportions kept. */
export interface Letterbox {
  /** Input pixels that the region covers. */
  readonly columns: number;
  readonly rows: number;
  /** Input pixels to picture pixels. */
  readonly map: AffineMap;
}

export function letterbox(
  region: Region,
  input: { readonly width: number; readonly height: number },
): Letterbox {
  const scale = Math.min(input.width / region.width, input.height / region.height);
  const columns = Math.max(1, Math.round(region.width * scale));
  const rows = Math.max(1, Math.round(region.height * scale));
  return { columns, rows, map: ontoRectangle({ width: columns, height: rows }, region) };
}
