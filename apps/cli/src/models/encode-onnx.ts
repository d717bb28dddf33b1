import protobuf from 'protobufjs';

/**
 * The part of onnx.proto (github.com/onnx/onnx, onnx/onnx.proto) that a new network needs. Not the
 * schema of onnx-model.ts: fields that one knows would move in files it rewrites, whose sha256 are pinned.
 */
const SCHEMA = `
  syntax = "proto2";
  message ModelProto {
    optional int64 ir_version = 1;
    optional string producer_name = 2;
    optional GraphProto graph = 7;
    repeated OperatorSetIdProto opset_import = 8;
  }
  message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
  message GraphProto {
    repeated NodeProto node = 1;
    optional string name = 2;
    repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11;
    repeated ValueInfoProto output = 12;
  }
  message NodeProto {
    repeated string input = 1;
    repeated string output = 2;
    optional string name = 3;
    optional string op_type = 4;
    repeated AttributeProto attribute = 5;
  }
  message AttributeProto {
    optional string name = 1;
    optional int64 i = 3;
    repeated int64 ints = 8;
    optional int32 type = 20;
  }
  message TensorProto {
    repeated int64 dims = 1;
    optional int32 data_type = 2;
    optional string name = 8;
    optional bytes raw_data = 9;
  }
  message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
  message TypeProto { optional Tensor tensor_type = 1; }
  message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
`;

const modelType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('ModelProto');

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
  const bytes = modelType.encode(modelType.fromObject(message)).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function encodeNode({ op, inputs, name, attributes = {} }: OnnxNode): object {
  return {
    ...{ op_type: op, name, input: inputs, output: [name] },
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
