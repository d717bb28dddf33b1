/**
 * A reference implementation of inference in float64, simple and slow. It computes the known answer of an
 * imported network, which verifies the converters.
 */
import { tensorOf, type KerasWeights } from './keras-weights.js';
import {
  type ConvLayer,
  batchNormOf,
  BATCH_NORM_EPSILON,
  INPUT,
  type Layer,
  type Network,
} from './network.js';

/** Values in the order height, width, channels. */
export interface FeatureMap {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly values: Float64Array;
}

/** Maps a value of a channel. */
type Channelwise = (value: number, channel: number) => number;

/**
 * Runs a network layer by layer in float64 with the unchanged tensors of Keras. The output of converted
 * networks is compared with it.
 * @param input height × width × channels values
 * @returns output of the last layer
 */
export function referenceForward(
  { input: [height, width, channels], layers }: Network,
  weights: KerasWeights,
  input: Float32Array,
): Float64Array {
  const maps = new Map<string, FeatureMap>();
  maps.set(INPUT, { height, width, channels, values: Float64Array.from(input) });
  const mapOf = (name: string) => maps.get(name)!;
  for (const layer of layers) maps.set(layer.name, run(layer, weights, mapOf));
  return mapOf(layers.at(-1)!.name).values;
}

function run(layer: Layer, weights: KerasWeights, mapOf: (name: string) => FeatureMap): FeatureMap {
  switch (layer.kind) {
    case 'conv': {
      const finish = layer.normalised
        ? normAndRelu(layer.name, weights)
        : plusBias(layer.name, weights);
      return convolve(mapOf(layer.input), tensorOf(weights, layer.name, 'kernel'), layer, finish);
    }
    case 'dense': {
      const kernel = tensorOf(weights, layer.name, 'kernel');
      const shape = [1, 1, ...layer.shape] as const;
      const finish = batchNorm(layer.name, weights);
      return convolve(mapOf(layer.input), kernel, { shape, stride: 1, padding: 'valid' }, finish);
    }
    case 'max-pool':
      return maxPool(mapOf(layer.input));
    case 'concat':
      return concatenate(layer.inputs.map(mapOf));
    case 'residual': {
      const input = mapOf(layer.input);
      const branch = mapOf(layer.branch).values;
      const sums = input.values.map((value, i) => value + layer.scale * branch[i]!);
      return { ...input, values: layer.relu ? sums.map((sum) => Math.max(sum, 0)) : sums };
    }
    case 'mean':
      return mean(mapOf(layer.input));
  }
}

function batchNorm(layer: string, weights: KerasWeights): Channelwise {
  const norm = batchNormOf(layer);
  const average = tensorOf(weights, norm, 'moving_mean');
  const variance = tensorOf(weights, norm, 'moving_variance');
  const beta = tensorOf(weights, norm, 'beta');
  return (value, channel) =>
    (value - average[channel]!) / Math.sqrt(variance[channel]! + BATCH_NORM_EPSILON) +
    beta[channel]!;
}

function normAndRelu(layer: string, weights: KerasWeights): Channelwise {
  const normalise = batchNorm(layer, weights);
  return (value, channel) => Math.max(normalise(value, channel), 0);
}

function plusBias(layer: string, weights: KerasWeights): Channelwise {
  const bias = tensorOf(weights, layer, 'bias');
  return (value, channel) => value + bias[channel]!;
}

/**
 * A convolution by definition, with the padding of TensorFlow.
 * @param kernel height, width, in, out
 * @param finish applied to each sum: bias, batch norm or ReLU
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
    // Half of the outputs of a ReLU.
    if (value === 0) continue;
    const at = (row + d) * outputs;
    for (let o = 0; o < outputs; o++) sums[o]! += value * kernel[at + o]!;
  }
}

/** Number of window positions along one side, and the padding before the first. */
function steps(
  length: number,
  size: number,
  { stride, padding }: Pick<ConvLayer, 'stride' | 'padding'>,
): { count: number; before: number } {
  if (padding === 'valid') return { count: Math.ceil((length - size + 1) / stride), before: 0 };
  const count = Math.ceil(length / stride);
  return { count, before: Math.floor(Math.max((count - 1) * stride + size - length, 0) / 2) };
}

/** Maximum of each 3 × 3 window, stride 2, no padding. */
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

/** Concatenates maps of equal height and width along the channels. */
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

/** Mean over height and width: a map of one pixel. */
export function mean({ height, width, channels, values }: FeatureMap): FeatureMap {
  const sums = new Float64Array(channels);
  for (let i = 0; i < values.length; i++) sums[i % channels]! += values[i]!;
  return { height: 1, width: 1, channels, values: sums.map((sum) => sum / (height * width)) };
}
