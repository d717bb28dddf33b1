/**
 * From a decoded picture to the input of a network: choose the resolution, sample the crop, convert
 * colours, layout and range.
 */
import { type NetworkInput } from '#models/packs/manifest.js';
import { type AffineMap, scaleTarget, type Size } from '../imaging/geometry.js';
import { type DecodedImage } from '../imaging/image-decoder.js';
import { luma, type RgbImage, sampleImage } from '../imaging/sample-image.js';
import { type NetworkItem } from './inference-messages.js';

/**
 * A crop of a decoded picture that fills `size` pixels of a network's input. It is read from the
 * smaller copy of the picture if its resolution suffices.
 * @param map maps input pixels to picture pixels
 */
export function networkItem(image: DecodedImage, map: AffineMap, size: Size): NetworkItem {
  const { coarse } = image;
  const shrunk = coarse.width / image.width;
  const isFineEnough = shrunk < 1 && Math.hypot(map.a, map.c) * shrunk >= COARSE_TOLERANCE;
  const { width, height, offset } = isFineEnough ? coarse : image;
  const onto = scaleTarget(map, width / image.width, height / image.height);
  return { offset, width, height, map: onto, columns: size.width, rows: size.height };
}

/** A crop may need this fraction of a pixel of the smaller copy per input pixel and is still read from it. */
const COARSE_TOLERANCE = 0.95;

/** Shape of one item, without the batch axis. */
export function inputShape({ width, height, channels, layout }: NetworkInput): number[] {
  const depth = channels === 'grey' ? 1 : 3;
  return layout === 'nchw' ? [depth, height, width] : [height, width, depth];
}

/** Number of values of one item. */
export function inputLength(input: NetworkInput): number {
  return inputShape(input).reduce((product, length) => product * length, 1);
}

/** The picture that an item is cut from. */
export function imageOf(
  { offset, width, height }: NetworkItem,
  memory: SharedArrayBuffer,
): RgbImage {
  return { data: new Uint8Array(memory, offset, width * height * 3), width, height };
}

/**
 * Samples an item and writes it into a network's input as the manifest requires.
 * @param memory the pixel arena
 * @param pixels buffer for the samples: rows of RGB triples, 0 to 255
 * @param target one item of the batch
 */
export function sampleItem(
  item: NetworkItem,
  memory: SharedArrayBuffer,
  input: NetworkInput,
  pixels: Float32Array,
  target: Float32Array,
): void {
  const { map, columns, rows } = item;
  sampleImage(imageOf(item, memory), map, columns, rows, pixels);
  fillInput(pixels, columns, rows, input, target);
}

/**
 * Writes pixels into a network's input as the manifest requires: channels, layout, (value − mean) / std.
 * @param pixels rows of RGB triples, 0 to 255, for the top left `columns` × `rows` of the input
 * @param target one item of the batch; the part without pixels becomes 0, the mean colour
 */
export function fillInput(
  pixels: Float32Array,
  columns: number,
  rows: number,
  input: NetworkInput,
  target: Float32Array,
): void {
  if (columns < input.width || rows < input.height) target.fill(0);
  if (input.channels === 'grey') fillGrey(pixels, columns, rows, input, target);
  else fillColour(pixels, columns, rows, input, target);
}

function fillGrey(
  pixels: Float32Array,
  columns: number,
  rows: number,
  { width, mean, std }: NetworkInput,
  target: Float32Array,
): void {
  for (let row = 0, at = 0; row < rows; row++) {
    for (let to = row * width; to < row * width + columns; to++, at += 3) {
      target[to] = (luma(pixels, at) - mean) / std;
    }
  }
}

function fillColour(
  pixels: Float32Array,
  columns: number,
  rows: number,
  { width, height, channels, layout, mean, std }: NetworkInput,
  target: Float32Array,
): void {
  const factor = 1 / std;
  const step = layout === 'nhwc' ? 3 : 1;
  const channel = layout === 'nhwc' ? 1 : width * height;
  const red = channels === 'rgb' ? 0 : 2 * channel;
  const blue = channels === 'rgb' ? 2 * channel : 0;
  for (let row = 0, at = 0; row < rows; row++) {
    let to = row * width * step;
    for (let column = 0; column < columns; column++, at += 3, to += step) {
      target[to + red] = (pixels[at]! - mean) * factor;
      target[to + channel] = (pixels[at + 1]! - mean) * factor;
      target[to + blue] = (pixels[at + 2]! - mean) * factor;
    }
  }
}

/** Maximum difference of a scale from 1 at which the nearest pixel is as good as interpolation. */
const SCALE_TOLERANCE = 0.01;

/** Whether input and image have the same scale and orientation, so that pixels can be copied. */
export function isCopy({ a, b, c, d }: AffineMap, { channels }: NetworkInput): boolean {
  const isNearOne = (scale: number) => Math.abs(scale - 1) < SCALE_TOLERANCE;
  return channels !== 'grey' && b === 0 && c === 0 && isNearOne(a) && isNearOne(d);
}

/**
 * Does what sampleImage and fillInput do, for a map for which `isCopy` is true. Six times as fast.
 * @param target one item of the batch; the part outside `columns` × `rows` becomes 0, the mean colour
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
