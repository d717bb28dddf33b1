import { type ConvLayer } from './network.js';

/** Height × width × channels values, channels innermost. */
export interface FeatureMap {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly values: Float64Array;
}

/** One value of each channel. */
export type Channelwise = (value: number, channel: number) => number;

/**
 * A convolution as its definition has it, padded as TensorFlow does.
 * @param kernel height, width, in, out
 * @param finish what becomes of each sum
 */
export function convolve(
  input: FeatureMap,
  kernel: Float32Array,
  layer: Pick<ConvLayer, 'shape' | 'stride' | 'padding'>,
  finish: Channelwise,
): FeatureMap {
  const [kernelHeight, kernelWidth, depth, channels] = layer.shape;
  const rows = steps(input.height, kernelHeight, layer);
  const columns = steps(input.width, kernelWidth, layer);
  const values = new Float64Array(rows.count * columns.count * channels);
  for (let row = 0, at = 0; row < rows.count; row++) {
    for (let column = 0; column < columns.count; column++, at += channels) {
      const sums = values.subarray(at, at + channels);
      for (let i = 0; i < kernelHeight; i++) {
        const y = row * layer.stride + i - rows.before;
        if (y < 0 || y >= input.height) continue;
        for (let j = 0; j < kernelWidth; j++) {
          const x = column * layer.stride + j - columns.before;
          if (x < 0 || x >= input.width) continue;
          const from = (y * input.width + x) * depth;
          addProducts(sums, input.values, from, depth, kernel, (i * kernelWidth + j) * depth);
        }
      }
      for (let channel = 0; channel < channels; channel++) {
        sums[channel] = finish(sums[channel]!, channel);
      }
    }
  }
  return { height: rows.count, width: columns.count, channels, values };
}

/** sums[o] += Σ values[from + d] · kernel[row + d][o]. */
function addProducts(
  sums: Float64Array,
  values: Float64Array,
  from: number,
  depth: number,
  kernel: Float32Array,
  row: number,
): void {
  const outputs = sums.length;
  for (let d = 0; d < depth; d++) {
    const value = values[from + d]!;
    // Half of what comes out of a ReLU.
    if (value === 0) continue;
    const at = (row + d) * outputs;
    for (let o = 0; o < outputs; o++) sums[o]! += value * kernel[at + o]!;
  }
}

/** How often a window fits along one side, and how much padding stands before it. */
function steps(
  length: number,
  size: number,
  { stride, padding }: Pick<ConvLayer, 'stride' | 'padding'>,
): { count: number; before: number } {
  if (padding === 'valid') return { count: Math.ceil((length - size + 1) / stride), before: 0 };
  const count = Math.ceil(length / stride);
  return { count, before: Math.floor(Math.max((count - 1) * stride + size - length, 0) / 2) };
}

/** Largest of each 3x3 window, stride 2, no padding. */
export function maxPool({ height, width, channels, values }: FeatureMap): FeatureMap {
  const window = { stride: 2, padding: 'valid' } as const;
  const rows = steps(height, 3, window).count;
  const columns = steps(width, 3, window).count;
  const pooled = new Float64Array(rows * columns * channels).fill(-Infinity);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = (row * columns + column) * channels;
      for (let place = 0; place < 9; place++) {
        const y = row * 2 + Math.floor(place / 3);
        const from = (y * width + column * 2 + (place % 3)) * channels;
        for (let channel = 0; channel < channels; channel++) {
          pooled[at + channel] = Math.max(pooled[at + channel]!, values[from + channel]!);
        }
      }
    }
  }
  return { height: rows, width: columns, channels, values: pooled };
}

/** Joins maps of one height and width along the channels. */
export function concatenate(maps: readonly FeatureMap[]): FeatureMap {
  const { height, width } = maps[0]!;
  const channels = maps.reduce((sum, map) => sum + map.channels, 0);
  const values = new Float64Array(height * width * channels);
  let first = 0;
  for (const map of maps) {
    for (let place = 0; place < height * width; place++) {
      const pixel = map.values.subarray(place * map.channels, (place + 1) * map.channels);
      values.set(pixel, place * channels + first);
    }
    first += map.channels;
  }
  return { height, width, channels, values };
}

/** Over height and width; a map of one pixel. */
export function mean({ height, width, channels, values }: FeatureMap): FeatureMap {
  const sums = new Float64Array(channels);
  for (let i = 0; i < values.length; i++) sums[i % channels]! += values[i]!;
  return { height: 1, width: 1, channels, values: sums.map((sum) => sum / (height * width)) };
}
