import { type NetworkInput } from '#shared/models/manifest.js';
import { type RgbImage } from '../imaging/rgb-image.js';
import { sampleImage } from '../imaging/sample-image.js';
import { fillInput } from './fill-input.js';
import { type NetworkItem } from './inference-messages.js';

/** The picture that an item is a stretch of. */
export function imageOf(
  { offset, width, height }: NetworkItem,
  memory: SharedArrayBuffer,
): RgbImage {
  return { data: new Uint8Array(memory, offset, width * height * 3), width, height };
}

/**
 * Samples a stretch of a picture and writes it into a network's input as its manifest wants it.
 * @param memory the pixel arena
 * @param pixels gets the samples: rows of RGB triples, 0 to 255
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
