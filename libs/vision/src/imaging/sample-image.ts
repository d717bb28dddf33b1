import { type AffineMap } from './geometry.js';

/** Rows of RGB triples. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** ITU-R BT.601 luma of the RGB triple that starts at `at`. */
export function luma(pixels: Float32Array, at: number): number {
  return 0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;
}

/** More samples per side do not change the results of the networks. */
const MAX_SAMPLES = 4;

/**
 * Samples `image` on a grid of `width` × `height` pixels; `map` maps the grid to the image. When the
 * grid is coarser than the image, several samples per pixel are averaged; when it is finer, pixels are
 * interpolated (bilinear). Outside the image, the nearest edge pixel is used.
 * @param target receives rows of RGB triples, 0 to 255, not rounded
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

/** Number of samples per side of a grid pixel; 1 when the map does not shrink the image. */
function samplesPerSide(map: AffineMap): number {
  const scale = Math.sqrt(Math.abs(map.a * map.d - map.b * map.c));
  return Math.min(MAX_SAMPLES, Math.max(1, Math.round(scale)));
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
    // Minus half a pixel: the weights of the four neighbours are relative to their centres.
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

/** Every grid pixel is the mean of `samples` × `samples` pixels of the image. */
function average(
  image: RgbImage,
  map: AffineMap,
  width: number,
  height: number,
  samples: number,
  target: Float32Array,
): void {
  if (map.b === 0 && map.c === 0) averageUpright(image, map, width, height, samples, target);
  else averageRotated(image, map, width, height, samples, target);
}

/** Without rotation the columns and rows can be computed in advance, which is several times faster. */
function averageUpright(
  { data, width: imageWidth, height: imageHeight }: RgbImage,
  map: AffineMap,
  width: number,
  height: number,
  samples: number,
  target: Float32Array,
): void {
  const columns = positions(map.a, map.tx, width * samples, samples, imageWidth).map((x) => x * 3);
  const rows = positions(map.d, map.ty, height * samples, samples, imageHeight);
  const sums = new Int32Array(width * 3);
  const share = 1 / (samples * samples);
  for (let row = 0, at = 0; row < height; row++) {
    sums.fill(0);
    for (let j = 0; j < samples; j++) {
      const start = rows[row * samples + j]! * imageWidth * 3;
      for (let i = 0, to = 0; i < columns.length; to += 3) {
        let red = 0;
        let green = 0;
        let blue = 0;
        for (const end = i + samples; i < end; i++) {
          const p = start + columns[i]!;
          red += data[p]!;
          green += data[p + 1]!;
          blue += data[p + 2]!;
        }
        sums[to]! += red;
        sums[to + 1]! += green;
        sums[to + 2]! += blue;
      }
    }
    for (const sum of sums) target[at++] = sum * share;
  }
}

/** Pixel index of each sample along one axis. */
function positions(
  scale: number,
  shift: number,
  count: number,
  samples: number,
  length: number,
): Int32Array {
  return Int32Array.from({ length: count }, (_, index) =>
    Math.min(length - 1, Math.max(0, Math.floor(((index + 0.5) / samples) * scale + shift))),
  );
}

function averageRotated(
  { data, width: imageWidth, height: imageHeight }: RgbImage,
  map: AffineMap,
  width: number,
  height: number,
  samples: number,
  target: Float32Array,
): void {
  const right = imageWidth - 1;
  const bottom = imageHeight - 1;
  const share = 1 / (samples * samples);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let j = 0; j < samples; j++) {
        const v = row + (j + 0.5) / samples;
        for (let i = 0; i < samples; i++) {
          const u = column + (i + 0.5) / samples;
          const x = map.a * u + map.b * v + map.tx;
          const y = map.c * u + map.d * v + map.ty;
          const cx = x < 0 ? 0 : x > right ? right : x | 0;
          const cy = y < 0 ? 0 : y > bottom ? bottom : y | 0;
          const p = (cy * imageWidth + cx) * 3;
          red += data[p]!;
          green += data[p + 1]!;
          blue += data[p + 2]!;
        }
      }
      target[at++] = red * share;
      target[at++] = green * share;
      target[at++] = blue * share;
    }
  }
}
