import { encodeModel } from './onnx-schema.js';

/** TensorProto.DataType FLOAT. */
const FLOAT = 1;
/** AttributeProto.AttributeType. */
const INT = 2;
const INTS = 7;

/** Operators as ONNX 1.12 defines them, which every ONNX Runtime since 1.12 runs. */
const OPSET = 17;
const IR_VERSION = 8;

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  /** Its name, and its output's. */
  readonly name: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A float32 tensor whose first axis, the batch, is free. */
interface BatchValue {
  readonly name: string;
  /** Of one item. */
  readonly shape: readonly number[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly input: BatchValue;
  readonly output: BatchValue;
  /** In an order in which they can run. */
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
}

/** A graph as the bytes of an .onnx file; the same graph gives the same bytes. */
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
        data_type: FLOAT,
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
        ? { name: key, type: INT, i: value }
        : { name: key, type: INTS, ints: value },
    ),
  };
}

function encodeValue({ name, shape }: BatchValue): object {
  const dim = [{ dim_param: 'batch' }, ...shape.map((length) => ({ dim_value: length }))];
  return { name, type: { tensor_type: { elem_type: FLOAT, shape: { dim } } } };
}
