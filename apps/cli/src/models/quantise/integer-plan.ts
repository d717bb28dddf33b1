import { DATA_TYPE, type GraphNode } from '../onnx/onnx-graph.js';
import { type GraphView } from './graph-view.js';
import { shareRanges } from './share-ranges.js';

/** What of a network is computed in bytes. */
export interface IntegerPlan {
  /** Two-dimensional ones, with constant weights: these become int8, the bias int32. */
  readonly convolutions: ReadonlySet<GraphNode>;
  /** Values that become uint8; those of a group share a range. */
  readonly groups: readonly (readonly string[])[];
}

/** Operators that give bytes for bytes in ONNX Runtime, without weights. */
const BYTE_OPERATORS = new Set(['Add', 'Concat', 'MaxPool', 'Transpose']);

/**
 * Convolutions run in bytes, and so does what stands between them and between them and the input, so
 * that no value on the way turns real and back. Operators without a form in bytes stay float32, as does
 * what follows the last convolution (pooling, the dense layer): it costs nothing to speak of.
 */
export function planIntegers(view: GraphView): IntegerPlan {
  const convolutions = new Set<GraphNode>();
  const nodes: GraphNode[] = [];
  /** Values that are bytes, in the order in which nodes make or want them so. */
  const bytes = new Set(view.inputs);
  /** Values that no byte node gives on, because a ReLU is part of it. */
  const hidden = new Set<string>();
  for (const node of view.graph.node) {
    const relu = isFoldable(node, bytes, view);
    if (relu) hidden.add(node.input[0]!);
    const isConvolution = isByteConvolution(node, view);
    if (isConvolution) {
      convolutions.add(node);
      bytes.add(node.input[0]!);
    }
    if (!relu && !isConvolution && !isByteOperator(node, bytes, view)) continue;
    nodes.push(node);
    bytes.add(node.output[0]!);
  }
  const isByte = (value: string) => bytes.has(value) && !hidden.has(value);
  return { convolutions, groups: shareRanges(nodes, isByte, view) };
}

/** ONNX Runtime drops a ReLU whose result is made bytes with 0 as the smallest. */
function isFoldable(node: GraphNode, bytes: ReadonlySet<string>, view: GraphView): boolean {
  const [input, output] = [node.input[0]!, node.output[0]!];
  return (
    node.op_type === 'Relu' &&
    bytes.has(input) &&
    ['Conv', 'Add'].includes(view.producer(input)?.op_type ?? '') &&
    view.consumers(input).length === 1 &&
    !view.isOutput(output)
  );
}

function isByteConvolution(node: GraphNode, view: GraphView): boolean {
  const [input = '', weights = '', bias = ''] = node.input;
  const kernel = view.constant(weights);
  return (
    node.op_type === 'Conv' &&
    !view.constant(input) &&
    kernel?.data_type === DATA_TYPE.float &&
    kernel.dims.length === 4 &&
    (bias === '' || view.constant(bias)?.data_type === DATA_TYPE.float) &&
    !view.isOutput(node.output[0]!)
  );
}

function isByteOperator(node: GraphNode, bytes: ReadonlySet<string>, view: GraphView): boolean {
  return (
    BYTE_OPERATORS.has(node.op_type) &&
    node.output.length === 1 &&
    node.input.every((value) => bytes.has(value)) &&
    !view.isOutput(node.output[0]!)
  );
}
