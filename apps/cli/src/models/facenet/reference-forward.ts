import { tensorOf, type KerasWeights } from './keras-weights.js';
import { batchNormOf, BATCH_NORM_EPSILON, INPUT, type Layer, type Network } from './network.js';
import {
  concatenate,
  convolve,
  maxPool,
  mean,
  type Channelwise,
  type FeatureMap,
} from './reference-layers.js';

/**
 * A network run layer by layer in float64 straight from Keras' tensors, nothing folded or rearranged:
 * the answer that what the converters write is held against.
 * @param input height × width × channels values
 * @returns what the last layer gives
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
