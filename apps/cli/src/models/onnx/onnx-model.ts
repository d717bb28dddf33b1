import protobuf from 'protobufjs';

/**
 * The part of onnx.proto (github.com/onnx/onnx, onnx/onnx.proto) that conversion touches. All
 * other fields are carried through as they are.
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

export interface OnnxModel {
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

export interface OnnxValue {
  readonly name: string;
  readonly type: { readonly tensor_type: { readonly shape: { dim: OnnxDimension[] } } };
}

/** A length, or the name of one that is known only when the network runs. */
export type OnnxDimension = { dim_value: unknown } | { dim_param: string };

const modelType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('ModelProto');

/** @throws Error when the bytes are no protobuf message */
export function decodeOnnx(bytes: Uint8Array): OnnxModel {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  return modelType.decode(reader) as unknown as OnnxModel;
}

export function encodeOnnx(model: OnnxModel): Buffer {
  return Buffer.from(modelType.encode(model as unknown as protobuf.Message).finish());
}
