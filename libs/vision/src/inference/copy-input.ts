import { type NetworkInput } from '#shared/models/manifest.js';
import { type AffineMap } from '../imaging/affine-map.js';
import { type RgbImage } from '../imaging/rgb-image.js';

/** Within this of scale 1 the nearest pixel is as good as an interpolated one. */
const TOLERANCE = 0.01;

/** Whether input and image have the same scale and orientation: then pixels can be taken as they are. */
export function isCopy({ a, b, c, d }: AffineMap, { channels }: NetworkInput): boolean {
  const isNearOne = (scale: number) => Math.abs(scale - 1) < TOLERANCE;
  return channels !== 'grey' && b === 0 && c === 0 && isNearOne(a) && isNearOne(d);
}

/**
 * Sampling and fillInput in one step, for a map that isCopy: six times as fast.
 * @param target one item of the batch; what `columns` × `rows` does not cover becomes 0, the mean colour
 */
export function copyInput(
  { data, width: imageWidth, height: imageHeight }: RgbImage,
  map: AffineMap,
  columns: number,
  rows: number,
  { width, height, channels, layout, mean, std }: NetworkInput,
  target: Float32Array,
): void {
  if (columns < width || rows < height) target.fill(0);
  const step = layout === 'nhwc' ? 3 : 1;
  const channel = layout === 'nhwc' ? 1 : width * height;
  const red = channels === 'rgb' ? 0 : 2 * channel;
  const blue = channels === 'rgb' ? 2 * channel : 0;
  const factor = 1 / std;
  const left = nearest(0.5 * map.a + map.tx, imageWidth);
  for (let row = 0; row < rows; row++) {
    const start = nearest((row + 0.5) * map.d + map.ty, imageHeight) * imageWidth;
    let to = row * width * step;
    for (let column = 0; column < columns; column++, to += step) {
      const x = left + column;
      const p = (start + (x < imageWidth ? x : imageWidth - 1)) * 3;
      target[to + red] = (data[p]! - mean) * factor;
      target[to + channel] = (data[p + 1]! - mean) * factor;
      target[to + blue] = (data[p + 2]! - mean) * factor;
    }
  }
}

function nearest(position: number, length: number): number {
  return Math.min(length - 1, Math.max(0, Math.floor(position)));
}
