import protobuf from 'protobufjs';
import { type OnnxDimension } from '../onnx-model.js';

/**
 * The part of onnx.proto (github.com/onnx/onnx, onnx/onnx.proto) that says whether a network can be
 * used, and what is rewritten of it. All other fields are carried through as they are. Not the schema
 * of onnx-model.ts: fields that one knows would move in files it rewrites, whose sha256 are pinned.
 */
const SCHEMA = `
  syntax = "proto2";
  message ModelProto { optional GraphProto graph = 7; }
  message GraphProto {
    repeated NodeProto node = 1;
    repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11;
    repeated ValueInfoProto output = 12;
    repeated ValueInfoProto value_info = 13;
  }
  message NodeProto {
    repeated string input = 1;
    repeated string output = 2;
    optional string op_type = 4;
    repeated AttributeProto attribute = 5;
  }
  message AttributeProto {
    optional string name = 1;
    optional TensorProto t = 5;
    optional int32 type = 20;
  }
  message TensorProto {
    repeated int64 dims = 1;
    optional int32 data_type = 2;
    repeated int64 int64_data = 7 [packed = true];
    optional string name = 8;
    optional bytes raw_data = 9;
    repeated StringStringEntryProto external_data = 13;
  }
  message StringStringEntryProto { optional string key = 1; optional string value = 2; }
  message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
  message TypeProto { optional Tensor tensor_type = 1; }
  message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
`;

interface OnnxTensor {
  readonly name: string;
  raw_data: Uint8Array;
  /** Lengths of a Reshape, where they are not in raw_data. */
  int64_data: unknown[];
  readonly external_data: readonly { readonly key: string; readonly value: string }[];
}

export interface OnnxNode {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly op_type: string;
  readonly attribute: readonly { readonly name: string; readonly t: OnnxTensor | null }[];
}

export interface OnnxValueInfo {
  readonly name: string;
  readonly type: {
    readonly tensor_type: {
      readonly elem_type: number;
      readonly shape: { dim: OnnxDimension[] } | null;
    } | null;
  } | null;
}

export interface OnnxGraph {
  readonly node: readonly OnnxNode[];
  readonly initializer: readonly OnnxTensor[];
  readonly input: readonly OnnxValueInfo[];
  output: readonly OnnxValueInfo[];
  /** Shapes of what flows inside. */
  value_info: readonly OnnxValueInfo[];
}

export interface OnnxNetwork {
  readonly graph: OnnxGraph;
}

const modelType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('ModelProto');

/** @returns null when the bytes are no ONNX network */
export function decodeNetwork(bytes: Uint8Array): OnnxNetwork | null {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  try {
    const model = modelType.decode(reader) as unknown as OnnxNetwork;
    return (model.graph as OnnxGraph | null)?.node.length ? model : null;
  } catch {
    return null;
  }
}

export function encodeNetwork(network: OnnxNetwork): Buffer {
  return Buffer.from(modelType.encode(network as unknown as protobuf.Message).finish());
}
