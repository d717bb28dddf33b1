import {
  decodeGraph,
  encodeGraph,
  type GraphAttribute,
  type GraphNode,
  type GraphTensor,
  intAttribute,
  tensorOf,
} from '../onnx/onnx-graph.js';
import { type ByteRange } from './byte-range.js';
import { type IntegerConvolution } from './integer-convolution.js';

/** What a network's values and weights become. */
export interface IntegerForm {
  /** By value. */
  readonly ranges: ReadonlyMap<string, ByteRange>;
  /** By the value that the convolution gives. */
  readonly convolutions: ReadonlyMap<string, IntegerConvolution>;
}

/** Weights and bias have a scale for each output channel, their first axis. */
const BY_CHANNEL = [intAttribute('axis', 0)];

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
