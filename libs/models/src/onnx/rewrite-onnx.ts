/** Rewrites published .onnx files: batches of any size, and no tiny weights. */
import protobuf from 'protobufjs';
import { DATA_TYPE } from './onnx-schema.js';

/**
 * Weights smaller than this do not change any embedding (measured: bit-identical). But their products
 * are denormal numbers, which x86 computes in microcode: fr_feature was 8 times slower with them.
 */
export const TINY = 1e-15;

/**
 * The part of onnx.proto (github.com/onnx/onnx, onnx/onnx.proto) that is changed. All other fields are
 * kept unchanged. The sha256 of the results are pinned, so the schema must not change.
 */
const SCHEMA = `
  syntax = "proto2";
  message ModelProto { optional GraphProto graph = 7; }
  message GraphProto {
    repeated NodeProto node = 1;
    repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11;
    repeated ValueInfoProto output = 12;
  }
  message NodeProto { repeated string input = 1; optional string op_type = 4; }
  message TensorProto {
    optional int32 data_type = 2;
    optional string name = 8;
    optional bytes raw_data = 9;
  }
  message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
  message TypeProto { optional Tensor tensor_type = 1; }
  message Tensor { optional TensorShapeProto shape = 2; }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
`;

/** Length of an axis, or a name if the length is free. */
export type OnnxDimension = { dim_value: unknown } | { dim_param: string };

interface OnnxValue {
  readonly name: string;
  readonly type: { readonly tensor_type: { readonly shape: { dim: OnnxDimension[] } } };
}

interface OnnxModel {
  readonly graph: {
    readonly node: readonly { readonly input: readonly string[]; readonly op_type: string }[];
    readonly initializer: readonly {
      readonly name: string;
      readonly data_type: number;
      raw_data: Uint8Array;
    }[];
    readonly input: readonly OnnxValue[];
    readonly output: readonly OnnxValue[];
  };
}

interface ShapedValue {
  readonly type: { readonly tensor_type: { readonly shape: { dim: OnnxDimension[] } } };
}

/** A tensor of int64 lengths, little-endian. */
interface ShapeTensor {
  raw_data: Uint8Array;
}

/**
 * Changes a network that was exported for batches of one so that it accepts batches of any size. Weights
 * stay the same.
 */
export function makeBatchDynamic(onnx: Uint8Array): Buffer {
  const model = decodeOnnx(onnx);
  const { node, initializer, input, output } = model.graph;
  const shapes = new Set(node.filter((n) => n.op_type === 'Reshape').map((n) => n.input[1]));
  const tensors = initializer.filter(({ name }) => shapes.has(name));
  freeBatch([...input, ...output], tensors);
  return encodeOnnx(model);
}

/**
 * Frees the first axis of inputs and outputs. A Reshape to a fixed [1, …] then keeps the first axis of its
 * input.
 */
export function freeBatch(values: readonly ShapedValue[], reshapes: readonly ShapeTensor[]): void {
  for (const { type } of values) {
    const { shape } = type.tensor_type;
    shape.dim = [{ dim_param: 'batch' }, ...shape.dim.slice(1)];
  }
  for (const tensor of reshapes) {
    const lengths = Buffer.from(tensor.raw_data);
    // In a Reshape, 0 means the length of that axis of the input.
    if (lengths.readBigInt64LE(0) === 1n) lengths.writeBigInt64LE(0n, 0);
    tensor.raw_data = lengths;
  }
}

/** Sets weights that are smaller than TINY to zero. */
export function flushTinyWeights(onnx: Uint8Array): Buffer {
  const model = decodeOnnx(onnx);
  for (const tensor of model.graph.initializer) {
    if (tensor.data_type !== DATA_TYPE.float) continue;
    const bytes = Buffer.from(tensor.raw_data);
    for (let offset = 0; offset < bytes.length; offset += 4) {
      const weight = bytes.readFloatLE(offset);
      if (weight !== 0 && Math.abs(weight) < TINY) bytes.writeFloatLE(0, offset);
    }
    tensor.raw_data = bytes;
  }
  return encodeOnnx(model);
}

const modelType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('ModelProto');

/** @throws Error when the bytes are not a protobuf message */
export function decodeOnnx(bytes: Uint8Array): OnnxModel {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  return modelType.decode(reader) as unknown as OnnxModel;
}

export function encodeOnnx(model: OnnxModel): Buffer {
  return Buffer.from(modelType.encode(model as unknown as protobuf.Message).finish());
}
