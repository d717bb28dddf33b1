import { type GraphNode, type GraphTensor, type OnnxGraph, DATA_TYPE } from '../onnx/onnx-graph.js';

/** Operators that give bytes for bytes in ONNX Runtime, without weights. */
const BYTE_OPERATORS = new Set(['Add', 'Concat', 'MaxPool', 'Transpose']);

/** Operators that only pick from or reorder their input: ONNX Runtime wants the range unchanged. */
const PICKERS = new Set(['MaxPool', 'Transpose']);
/** Operators that give nothing negative when they get nothing negative. */
const KEEP_SIGN = new Set([...PICKERS, 'Add', 'Concat']);

/** What of a network is computed in bytes. */
export interface IntegerPlan {
  /** Two-dimensional ones, with constant weights: these become int8, the bias int32. */
  readonly convolutions: ReadonlySet<GraphNode>;
  /** Values that become uint8; those of a group share a range. */
  readonly groups: readonly (readonly string[])[];
}

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

/**
 * Which values have one range.
 * @param nodes that take and give bytes, in an order in which they can run
 * @param isByte whether a value stands in bytes between two of them
 */
function shareRanges(
  nodes: readonly GraphNode[],
  isByte: (value: string) => boolean,
  view: GraphView,
): string[][] {
  const groups = new Groups();
  const positive = new Set<string>();
  for (const { op_type, input, output } of nodes) {
    const values = input.filter(isByte);
    const [result = ''] = output.filter(isByte);
    for (const value of [...values, ...output].filter(isByte)) groups.add(value);
    const keepsSign = KEEP_SIGN.has(op_type) && values.every((value) => positive.has(value));
    if (op_type === 'Relu' || keepsSign) positive.add(result);
    if (PICKERS.has(op_type)) groups.join(values[0]!, result);
    if (op_type !== 'Concat') continue;
    // One rounding instead of two, and bytes are copied. Not where others read the value, or a pool gave it
    // its range: they would lose by a range that is not theirs. Nor where a ReLU would find values below 0
    // in its range: it could not be left to the range any more.
    for (const value of values) {
      const isOwn = view.consumers(value).length === 1;
      const isPool = view.producer(value)?.op_type === 'MaxPool';
      const losesSign = positive.has(value) && !positive.has(result);
      if (isOwn && !isPool && !losesSign) groups.join(value, result);
    }
  }
  return groups.all;
}

/** Disjoint sets of values. */
class Groups {
  private readonly groupOf = new Map<string, string[]>();

  get all(): string[][] {
    return [...new Set(this.groupOf.values())];
  }

  add(value: string): void {
    if (!this.groupOf.has(value)) this.groupOf.set(value, [value]);
  }

  join(a: string, b: string): void {
    const [kept, joined] = [this.groupOf.get(a)!, this.groupOf.get(b)!];
    if (kept === joined) return;
    kept.push(...joined);
    for (const value of joined) this.groupOf.set(value, kept);
  }
}

/** Who makes and who takes each value of a graph. */
export class GraphView {
  private readonly producers = new Map<string, GraphNode>();
  private readonly takers = new Map<string, GraphNode[]>();
  private readonly constants: ReadonlyMap<string, GraphTensor>;
  /** Values that are given to the network. */
  readonly inputs: readonly string[];
  private readonly outputs: ReadonlySet<string>;

  constructor(readonly graph: OnnxGraph) {
    this.constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    // Before IR version 4 constants were inputs too.
    this.inputs = graph.input.map(({ name }) => name).filter((name) => !this.constants.has(name));
    this.outputs = new Set(graph.output.map(({ name }) => name));
    for (const node of graph.node) {
      for (const name of node.output) this.producers.set(name, node);
      for (const name of node.input) {
        this.takers.set(name, [...(this.takers.get(name) ?? []), node]);
      }
    }
  }

  producer(value: string): GraphNode | undefined {
    return this.producers.get(value);
  }

  consumers(value: string): readonly GraphNode[] {
    return this.takers.get(value) ?? [];
  }

  constant(value: string): GraphTensor | undefined {
    return this.constants.get(value);
  }

  isOutput(value: string): boolean {
    return this.outputs.has(value);
  }
}
