import { type AffineMap } from './affine-map.js';
import { type RgbImage } from './rgb-image.js';

/** More samples a side than this buy nothing that the networks notice. */
const MAX_SAMPLES = 4;

/** How many samples a side of each grid pixel the map calls for: one when it does not shrink the image. */
export function samplesPerSide(map: AffineMap): number {
  const scale = Math.sqrt(Math.abs(map.a * map.d - map.b * map.c));
  return Math.min(MAX_SAMPLES, Math.max(1, Math.round(scale)));
}

/** Samples an image on a coarser grid: every grid pixel is the mean of `samples` × `samples` pixels. */
export function average(
  image: RgbImage,
  map: AffineMap,
  width: number,
  height: number,
  samples: number,
  target: Float32Array,
): void {
  if (map.b === 0 && map.c === 0) averageUpright(image, map, width, height, samples, target);
  else averageTurned(image, map, width, height, samples, target);
}

/** Without rotation, which columns and rows are looked at is known beforehand: several times faster. */
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

/** Pixels along one axis that evenly spread samples fall on. */
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

function averageTurned(
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
