/** Converts weights to integers and writes the quantised network. */
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
 * Maximum absolute weight: half of the range of int8. x86 without VNNI adds two products of a byte and a
 * weight in 16 bits with saturation; 255 · 64 · 2 still fits. So a network gives the same results on
 * every CPU (docs/decisions/006-int8.md).
 */
const MAX_WEIGHT = 64;
/** Maximum absolute bias: leaves room in int32 for the sums that are added to it. */
const MAX_BIAS = 2 ** 30;

/** One scale per output channel, which is the first axis of weights and bias. */
const BY_CHANNEL = [intAttribute('axis', 0)];

interface Convolution {
  /** Shape: output channels, input channels of a group, kernel height, kernel width. */
  readonly weights: GraphTensor;
  readonly bias: GraphTensor | undefined;
}

export interface IntegerConvolution {
  /** Shape of the weights. */
  readonly shape: readonly number[];
  readonly weights: Int8Array;
  readonly bias: Int32Array;
  /** Scale of the weights of each output channel. */
  readonly scales: Float32Array;
  /** Scale of the bias of each output channel: scale of the weights times scale of the input, as ONNX Runtime requires. */
  readonly biasScales: Float32Array;
}

/**
 * Converts weights to int8, symmetric, with one scale per output channel, and the bias to int32. The shift
 * of a channel's mean that is caused by rounding the weights, for the observed inputs, is subtracted from
 * its bias (Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019).
 * @param inputScale scale of the input bytes
 * @param inputMeans observed mean of each input channel
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

/** @param bias in units of the input scale */
function weightScale(weights: Float32Array, bias: number): number {
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  // For a channel without weights, any scale that can represent the bias.
  return Math.fround(Math.max(largest / MAX_WEIGHT, Math.abs(bias) / MAX_BIAS)) || 1;
}

/** The integer form of a network's values and weights. */
interface IntegerForm {
  /** Range by name of the value. */
  readonly ranges: ReadonlyMap<string, ByteRange>;
  /** Convolution by name of its output. */
  readonly convolutions: ReadonlyMap<string, IntegerConvolution>;
}

/**
 * Writes the graph in ONNX's QDQ form for quantised networks: QuantizeLinear and DequantizeLinear after
 * each value of `ranges`; weights and bias as integers with a DequantizeLinear. A runtime that supports
 * the form computes the operators between two such pairs in integers; others compute the same in float32.
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
    node.input = node.input.map((value) => (form.ranges.has(value) ? dequantised(value) : value));
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

/** Names of new values, which no network uses already. */
const newName = (of: string, part: string) => `quantised/${of}/${part}`;
/** Name of a value after it has been quantised and dequantised. */
const dequantised = (value: string) => newName(value, 'real');

/** Collects the nodes and constants of the new graph. */
class GraphParts {
  readonly nodes: GraphNode[] = [];
  readonly constants: GraphTensor[];

  constructor(constants: readonly GraphTensor[]) {
    this.constants = [...constants];
  }

  addBytes(value: string, { scale, zeroPoint }: ByteRange): void {
    const by = this.addConstants(
      tensorOf(newName(value, 'scale'), [], Float32Array.of(scale)),
      tensorOf(newName(value, 'zero_point'), [], Uint8Array.of(zeroPoint)),
    );
    const bytes = newName(value, 'bytes');
    this.addNode('QuantizeLinear', [value, ...by], bytes);
    this.addNode('DequantizeLinear', [bytes, ...by], dequantised(value));
  }

  /** Replaces weights and bias of a convolution by integers. */
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
        tensorOf(newName(output, part), dims, values),
        tensorOf(newName(output, `${part}_scales`), channels, by),
        tensorOf(
          newName(output, `${part}_zero_points`),
          channels,
          values.slice(0, by.length).fill(0),
        ),
      );
      return this.addNode('DequantizeLinear', inputs, newName(output, `${part}_real`), BY_CHANNEL);
    };
    node.input = [
      node.input[0]!,
      add('weights', shape, weights, scales),
      add('bias', channels, bias, biasScales),
    ];
  }

  /** @returns names of the tensors */
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
