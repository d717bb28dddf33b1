/** Folds batch norms and residual scales into kernels and biases, for faster inference. */
import { TINY } from '../onnx/rewrite-onnx.js';
import { tensorOf, type KerasWeights } from './keras-weights.js';
import {
  batchNormOf,
  BATCH_NORM_EPSILON,
  type ConcatLayer,
  type ConvLayer,
  type DenseLayer,
  type MeanLayer,
  type Network,
  type PoolLayer,
  sizeOf,
} from './network.js';

interface Weighted {
  /** Layout of Keras: height, width, in, out; for a dense layer: in, out. */
  readonly kernel: Float32Array;
  /** One value per output. */
  readonly bias: Float32Array;
}

export type FoldedConv = Omit<ConvLayer, 'normalised'> & Weighted & { readonly relu: boolean };
export type FoldedDense = DenseLayer & Weighted;

export interface SumLayer {
  readonly kind: 'sum';
  readonly name: string;
  readonly inputs: readonly [string, string];
  readonly relu: boolean;
}

export type FoldedLayer = FoldedConv | FoldedDense | SumLayer | PoolLayer | ConcatLayer | MeanLayer;

/** A network whose batch norms and residual scales are part of kernels and biases. */
export interface FoldedNetwork extends Pick<Network, 'input' | 'dimension'> {
  readonly layers: readonly FoldedLayer[];
  /** All weights in one array: kernel and bias of each layer are views of it, in order. */
  readonly weights: Float32Array;
}

/**
 * Folds batch norms and residual scales into the layers before them. Computes in float64 and rounds
 * once. Weights smaller than TINY become zero.
 */
export function foldNetwork(network: Network, keras: KerasWeights): FoldedNetwork {
  const scales = new Map(
    network.layers.flatMap((layer) =>
      layer.kind === 'residual' ? [[layer.branch, layer.scale] as const] : [],
    ),
  );
  const weights = new Float32Array(network.layers.reduce((sum, layer) => sum + lengthOf(layer), 0));
  let at = 0;
  const take = (length: number) => weights.subarray(at, (at += length));
  const layers = network.layers.map((layer): FoldedLayer => {
    switch (layer.kind) {
      case 'conv': {
        const { normalised, ...rest } = layer;
        const target = { kernel: take(sizeOf(layer.shape)), bias: take(layer.shape[3]) };
        if (normalised) foldBatchNorm(layer.name, keras, target);
        else foldScale(layer.name, keras, scales.get(layer.name) ?? 1, target);
        return { ...rest, ...target, relu: normalised };
      }
      case 'dense': {
        const target = { kernel: take(sizeOf(layer.shape)), bias: take(layer.shape[1]) };
        foldBatchNorm(layer.name, keras, target);
        return { ...layer, ...target };
      }
      case 'residual': {
        const { name, input, branch, relu } = layer;
        return { kind: 'sum', name, inputs: [input, branch], relu };
      }
      default:
        return layer;
    }
  });
  const { input, dimension } = network;
  return { input, dimension, layers, weights };
}

/** Converts (k·x − mean) / √(variance + ε) + beta to k'·x + bias. */
function foldBatchNorm(layer: string, keras: KerasWeights, target: Weighted): void {
  const norm = batchNormOf(layer);
  const mean = tensorOf(keras, norm, 'moving_mean');
  const variance = tensorOf(keras, norm, 'moving_variance');
  const beta = tensorOf(keras, norm, 'beta');
  const factors = Float64Array.from(variance, (value) => 1 / Math.sqrt(value + BATCH_NORM_EPSILON));
  scaleOutputs(tensorOf(keras, layer, 'kernel'), factors, target.kernel);
  for (let i = 0; i < factors.length; i++) {
    target.bias[i] = flushed(beta[i]! - mean[i]! * factors[i]!);
  }
}

function foldScale(layer: string, keras: KerasWeights, scale: number, target: Weighted): void {
  const bias = tensorOf(keras, layer, 'bias');
  const factors = new Float64Array(bias.length).fill(scale);
  scaleOutputs(tensorOf(keras, layer, 'kernel'), factors, target.kernel);
  for (let i = 0; i < bias.length; i++) target.bias[i] = flushed(bias[i]! * scale);
}

/** Multiplies each output of a kernel, its last axis, by a factor. */
function scaleOutputs(kernel: Float32Array, factors: Float64Array, target: Float32Array): void {
  for (let i = 0, output = 0; i < kernel.length; i++) {
    target[i] = flushed(kernel[i]! * factors[output]!);
    output = output + 1 === factors.length ? 0 : output + 1;
  }
}

function flushed(value: number): number {
  return value < TINY && value > -TINY ? 0 : value;
}

function lengthOf(layer: Network['layers'][number]): number {
  if (layer.kind !== 'conv' && layer.kind !== 'dense') return 0;
  return sizeOf(layer.shape) + layer.shape[layer.shape.length - 1]!;
}
