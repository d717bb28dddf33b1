import {
  floatsOf,
  type GraphTensor,
  decodeGraph,
  encodeGraph,
  type GraphAttribute,
  type GraphNode,
  intAttribute,
  tensorOf,
} from '../onnx/onnx-graph.js';
import { type ByteRange } from './value-histogram.js';

/**
 * Largest weight. Of the 127 that an int8 has room for, half: x86 without VNNI adds two products of a
 * byte and a weight in 16 bits that saturate, and 255 · 64 · 2 still fits. So a network gives the same
 * numbers on every CPU (docs/decisions/006-int8.md).
 */
const LARGEST_WEIGHT = 64;
/** Keeps a bias within int32, with room for what is added to it. */
const LARGEST_BIAS = 2 ** 30;

/** Weights and bias have a scale for each output channel, their first axis. */
const BY_CHANNEL = [intAttribute('axis', 0)];

interface Convolution {
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

/** What a network's values and weights become. */
interface IntegerForm {
  /** By value. */
  readonly ranges: ReadonlyMap<string, ByteRange>;
  /** By the value that the convolution gives. */
  readonly convolutions: ReadonlyMap<string, IntegerConvolution>;
}

/**
 * The same graph in ONNX's form for quantised networks: behind each value of `ranges` a QuantizeLinear
 * and a DequantizeLinear, weights and bias as integers with a DequantizeLinear. A runtime that knows the
 * form computes what stands between two pairs in integers; any other computes the same in float32.
 */
export function writeIntegerNetwork(network: Uint8Array, form: IntegerForm): Buffer {
  const model = decodeGraph(network);
  const { graph } = model;
  const parts = new GraphParts(graph.initializer);
  const addBytes = (value: string) => {
    const range = form.ranges.get(value);
    if (range) parts.addBytes(value, range);
  };
  for (const { name } of graph.input) addBytes(name);
  for (const node of graph.node) {
    node.input = node.input.map((value) => (form.ranges.has(value) ? real(value) : value));
    const convolution = form.convolutions.get(node.output[0]!);
    if (convolution) parts.addIntegers(node, convolution);
    parts.nodes.push(node);
    node.output.forEach(addBytes);
  }
  graph.node = parts.nodes;
  const used = new Set(parts.nodes.flatMap(({ input }) => input));
  graph.initializer = parts.constants.filter(({ name }) => used.has(name));
  return encodeGraph(model);
}

/** Names that no network has already. */
const made = (of: string, part: string) => `quantised/${of}/${part}`;
/** Name of a value after it was bytes. */
const real = (value: string) => made(value, 'real');

class GraphParts {
  readonly nodes: GraphNode[] = [];
  readonly constants: GraphTensor[];

  constructor(constants: readonly GraphTensor[]) {
    this.constants = [...constants];
  }

  addBytes(value: string, { scale, zeroPoint }: ByteRange): void {
    const by = this.addConstants(
      tensorOf(made(value, 'scale'), [], Float32Array.of(scale)),
      tensorOf(made(value, 'zero_point'), [], Uint8Array.of(zeroPoint)),
    );
    const bytes = made(value, 'bytes');
    this.addNode('QuantizeLinear', [value, ...by], bytes);
    this.addNode('DequantizeLinear', [bytes, ...by], real(value));
  }

  /** Gives a convolution integers for weights and bias. */
  addIntegers(node: GraphNode, integers: IntegerConvolution): void {
    const { shape, weights, scales, bias, biasScales } = integers;
    const [output = ''] = node.output;
    const channels = [scales.length];
    const add = (
      part: string,
      dims: readonly number[],
      values: Int8Array | Int32Array,
      by: Float32Array,
    ) => {
      const inputs = this.addConstants(
        tensorOf(made(output, part), dims, values),
        tensorOf(made(output, `${part}_scales`), channels, by),
        tensorOf(made(output, `${part}_zero_points`), channels, values.slice(0, by.length).fill(0)),
      );
      return this.addNode('DequantizeLinear', inputs, made(output, `${part}_real`), BY_CHANNEL);
    };
    node.input = [
      node.input[0]!,
      add('weights', shape, weights, scales),
      add('bias', channels, bias, biasScales),
    ];
  }

  /** @returns their names */
  private addConstants(...tensors: GraphTensor[]): string[] {
    this.constants.push(...tensors);
    return tensors.map(({ name }) => name);
  }

  private addNode(
    op_type: string,
    input: readonly string[],
    output: string,
    attribute: readonly GraphAttribute[] = [],
  ): string {
    this.nodes.push({ op_type, input, output: [output], attribute });
    return output;
  }
}
