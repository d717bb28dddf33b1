import { type AffineMap } from './affine-map.js';
import { average, samplesPerSide } from './average-image.js';
import { type RgbImage } from './rgb-image.js';

/**
 * Samples `image` on a grid of `width` × `height` pixels, each placed in the image by `map`. A grid
 * coarser than the image averages several samples a pixel, a finer one interpolates. Beyond its
 * borders the image is continued by its edge pixels.
 * @param target gets rows of RGB triples, 0 to 255, not rounded
 */
export function sampleImage(
  image: RgbImage,
  map: AffineMap,
  width: number,
  height: number,
  target: Float32Array,
): void {
  const samples = samplesPerSide(map);
  if (samples === 1) interpolate(image, map, width, height, target);
  else average(image, map, width, height, samples, target);
}

function interpolate(
  { data, width: imageWidth, height: imageHeight }: RgbImage,
  map: AffineMap,
  width: number,
  height: number,
  target: Float32Array,
): void {
  const right = imageWidth - 1;
  const bottom = imageHeight - 1;
  let at = 0;
  for (let row = 0; row < height; row++) {
    // Half a pixel off: the four neighbours are counted from their centres.
    let x = map.a * 0.5 + map.b * (row + 0.5) + map.tx - 0.5;
    let y = map.c * 0.5 + map.d * (row + 0.5) + map.ty - 0.5;
    for (let column = 0; column < width; column++, x += map.a, y += map.c) {
      const cx = x < 0 ? 0 : x > right ? right : x;
      const cy = y < 0 ? 0 : y > bottom ? bottom : y;
      const left = cx | 0;
      const top = cy | 0;
      const fx = cx - left;
      const fy = cy - top;
      const step = left < right ? 3 : 0;
      const p = (top * imageWidth + left) * 3;
      const q = top < bottom ? p + imageWidth * 3 : p;
      const w11 = fx * fy;
      const w10 = fy - w11;
      const w01 = fx - w11;
      const w00 = 1 - fx - w10;
      target[at++] =
        data[p]! * w00 + data[p + step]! * w01 + data[q]! * w10 + data[q + step]! * w11;
      target[at++] =
        data[p + 1]! * w00 +
        data[p + step + 1]! * w01 +
        data[q + 1]! * w10 +
        data[q + step + 1]! * w11;
      target[at++] =
        data[p + 2]! * w00 +
        data[p + step + 2]! * w01 +
        data[q + 2]! * w10 +
        data[q + step + 2]! * w11;
    }
  }
}
