import { floatsOf, type GraphTensor } from '../onnx/onnx-graph.js';

/**
 * Largest weight. Of the 127 that an int8 has room for, half: x86 without VNNI adds two products of a
 * byte and a weight in 16 bits that saturate, and 255 · 64 · 2 still fits. So a network gives the same
 * numbers on every CPU (docs/decisions/006-int8.md).
 */
const LARGEST_WEIGHT = 64;
/** Keeps a bias within int32, with room for what is added to it. */
const LARGEST_BIAS = 2 ** 30;

export interface Convolution {
  /** Output channels first, then input channels (of a group), then the kernel. */
  readonly weights: GraphTensor;
  readonly bias: GraphTensor | undefined;
}

export interface IntegerConvolution {
  /** Of the weights. */
  readonly shape: readonly number[];
  readonly weights: Int8Array;
  readonly bias: Int32Array;
  /** Of the weights of each output channel. */
  readonly scales: Float32Array;
  /** Of the bias: that of the weights times that of the input, as ONNX Runtime takes for granted. */
  readonly biasScales: Float32Array;
}

/**
 * Weights as int8, symmetric, each output channel with a scale of its own, and bias as int32. What
 * rounding the weights adds to a channel's mean, with inputs as they were observed, is taken off its
 * bias (Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019).
 * @param inputScale scale of the input's bytes
 * @param inputMeans mean of each input channel
 */
export function integerConvolution(
  { weights, bias }: Convolution,
  inputScale: number,
  inputMeans: Float64Array,
): IntegerConvolution {
  const shape = weights.dims.map(Number);
  const [outputs = 0, inputs = 0] = shape;
  const real = floatsOf(weights);
  const realBias = bias ? floatsOf(bias) : new Float32Array(outputs);
  const perOutput = real.length / outputs;
  const perInput = perOutput / inputs;
  const perGroup = outputs / (inputMeans.length / inputs);
  const result = {
    shape,
    weights: new Int8Array(real.length),
    bias: new Int32Array(outputs),
    scales: new Float32Array(outputs),
    biasScales: new Float32Array(outputs),
  };
  for (let output = 0; output < outputs; output++) {
    const from = output * perOutput;
    const channel = real.subarray(from, from + perOutput);
    const scale = weightScale(channel, realBias[output]! / inputScale);
    const firstInput = Math.floor(output / perGroup) * inputs;
    let shift = 0;
    for (const [index, weight] of channel.entries()) {
      const integer = Math.round(weight / scale);
      result.weights[from + index] = integer;
      const mean = inputMeans[firstInput + Math.floor(index / perInput)]!;
      shift += (integer * scale - weight) * mean;
    }
    result.scales[output] = scale;
    const biasScale = Math.fround(scale * inputScale);
    result.biasScales[output] = biasScale;
    result.bias[output] = Math.round((realBias[output]! - shift) / biasScale);
  }
  return result;
}

/** @param bias in units of the input's scale */
function weightScale(weights: Float32Array, bias: number): number {
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  // A channel of zeros is its bias alone, and any scale that holds that.
  return Math.fround(Math.max(largest / LARGEST_WEIGHT, Math.abs(bias) / LARGEST_BIAS)) || 1;
}
