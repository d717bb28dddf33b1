/** Decides which part of a network is computed in 8-bit integers. */
import { type GraphNode, type GraphTensor, type OnnxGraph } from '../onnx/onnx-graph.js';
import { DATA_TYPE } from '../onnx/onnx-schema.js';

/** Operators without weights that ONNX Runtime computes from bytes to bytes. */
const BYTE_OPERATORS = new Set(['Add', 'Concat', 'MaxPool', 'Transpose']);

/** Operators that only select or reorder values. ONNX Runtime requires the same range for input and output. */
const SELECTING = new Set(['MaxPool', 'Transpose']);
/** Operators whose output is never negative when their inputs are not. */
const KEEP_SIGN = new Set([...SELECTING, 'Add', 'Concat']);

/** The part of a network that is computed in bytes. */
export interface IntegerPlan {
  /** Two-dimensional convolutions with constant weights. Weights become int8, the bias int32. */
  readonly convolutions: ReadonlySet<GraphNode>;
  /** Values that become uint8. Those of a group share a range. */
  readonly groups: readonly (readonly string[])[];
}

/**
 * Plans convolutions in bytes, and also the operators between them and between the input and them, so
 * that no value is converted to float32 and back. Operators without an 8-bit form stay float32. So does
 * everything after the last convolution (pooling, the dense layer), which takes hardly any time.
 */
export function planIntegers(view: GraphView): IntegerPlan {
  const convolutions = new Set<GraphNode>();
  const nodes: GraphNode[] = [];
  /** Values in bytes, in the order in which nodes produce or need them. */
  const bytes = new Set(view.inputs);
  /** Values that disappear because the following ReLU becomes part of their node. */
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

/** ONNX Runtime removes a ReLU if its output is quantised with 0 as the lowest value. */
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
 * Groups the values that must or should have the same range.
 * @param nodes nodes in bytes, in topological order
 * @param isByte whether a value between two of them is in bytes
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
    if (SELECTING.has(op_type)) groups.join(values[0]!, result);
    if (op_type !== 'Concat') continue;
    // With a common range, Concat only copies bytes and values are rounded once. Not if other nodes read the
    // value, or a pool determines its range: these would get a worse range. Nor if the common range would
    // include negative values: then a ReLU could not be expressed by the range any more.
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

/** Producer and consumers of each value of a graph. */
export class GraphView {
  private readonly producers = new Map<string, GraphNode>();
  private readonly consumersOf = new Map<string, GraphNode[]>();
  private readonly constants: ReadonlyMap<string, GraphTensor>;
  /** Names of the inputs of the network, without constants. */
  readonly inputs: readonly string[];
  private readonly outputs: ReadonlySet<string>;

  constructor(readonly graph: OnnxGraph) {
    this.constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    // Before IR version 4, constants are also listed as inputs.
    this.inputs = graph.input.map(({ name }) => name).filter((name) => !this.constants.has(name));
    this.outputs = new Set(graph.output.map(({ name }) => name));
    for (const node of graph.node) {
      for (const name of node.output) this.producers.set(name, node);
      for (const name of node.input) {
        this.consumersOf.set(name, [...(this.consumersOf.get(name) ?? []), node]);
      }
    }
  }

  producer(value: string): GraphNode | undefined {
    return this.producers.get(value);
  }

  consumers(value: string): readonly GraphNode[] {
    return this.consumersOf.get(value) ?? [];
  }

  constant(value: string): GraphTensor | undefined {
    return this.constants.get(value);
  }

  isOutput(value: string): boolean {
    return this.outputs.has(value);
  }
}
