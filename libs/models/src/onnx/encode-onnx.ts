/** Writes a new .onnx file from a simple description of a graph. */
import { ATTRIBUTE_TYPE, DATA_TYPE, encodeModel } from './onnx-schema.js';

/** Operator set of ONNX 1.12, supported by every ONNX Runtime since 1.12. */
const OPSET = 17;
const IR_VERSION = 8;

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  /** Name of the node and of its output. */
  readonly name: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A float32 tensor with a batch of any size as its first axis. */
interface BatchValue {
  readonly name: string;
  /** Without the batch axis. */
  readonly shape: readonly number[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly input: BatchValue;
  readonly output: BatchValue;
  /** In topological order. */
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
}

/** Encodes a graph as an .onnx file. The same graph always gives the same bytes. */
export function encodeOnnxGraph(graph: OnnxGraph): Buffer {
  const message = {
    ir_version: IR_VERSION,
    producer_name: 'sightline',
    opset_import: [{ domain: '', version: OPSET }],
    graph: {
      name: graph.name,
      node: graph.nodes.map(encodeNode),
      initializer: graph.tensors.map(({ name, shape, values }) => ({
        name,
        dims: shape,
        data_type: DATA_TYPE.float,
        raw_data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      })),
      input: [encodeValue(graph.input)],
      output: [encodeValue(graph.output)],
    },
  };
  return encodeModel(message);
}

function encodeNode({ op, inputs, name, attributes = {} }: OnnxNode): object {
  return {
    op_type: op,
    name,
    input: inputs,
    output: [name],
    attribute: Object.entries(attributes).map(([key, value]) =>
      typeof value === 'number'
        ? { name: key, type: ATTRIBUTE_TYPE.int, i: value }
        : { name: key, type: ATTRIBUTE_TYPE.ints, ints: value },
    ),
  };
}

function encodeValue({ name, shape }: BatchValue): object {
  const dim = [{ dim_param: 'batch' }, ...shape.map((length) => ({ dim_value: length }))];
  return { name, type: { tensor_type: { elem_type: DATA_TYPE.float, shape: { dim } } } };
}
