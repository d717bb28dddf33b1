import { type NetworkInput } from '#models/packs/manifest.js';

/** ITU-R BT.601 luma. */
const LUMA = [0.299, 0.587, 0.114] as const;

/** Shape of one item of a batch. */
export function inputShape({ width, height, channels, layout }: NetworkInput): number[] {
  const depth = channels === 'grey' ? 1 : 3;
  return layout === 'nchw' ? [depth, height, width] : [height, width, depth];
}

/** Numbers in one item of a batch. */
export function inputLength(input: NetworkInput): number {
  return inputShape(input).reduce((product, length) => product * length, 1);
}

/**
 * Writes pixels into a network's input as its manifest wants them: channels, layout, (value − mean) / std.
 * @param pixels rows of RGB triples, 0 to 255, `columns` × `rows`: the top left part of the input
 * @param target one item of the batch; what the pixels do not cover becomes 0, the mean colour
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
      const luma = pixels[at]! * LUMA[0] + pixels[at + 1]! * LUMA[1] + pixels[at + 2]! * LUMA[2];
      target[to] = (luma - mean) / std;
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
