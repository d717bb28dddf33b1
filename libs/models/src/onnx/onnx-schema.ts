import protobuf from 'protobufjs';

/**
 * The part of onnx.proto (github.com/onnx/onnx, onnx/onnx.proto) that is used to read and write networks.
 * All other fields are kept unchanged. Do not use it for the files that rewrite-onnx.ts writes: their
 * sha256 are pinned, and this schema would write the fields in another order.
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
    repeated ValueInfoProto value_info = 13;
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
    optional TensorProto t = 5;
    repeated int64 ints = 8;
    optional int32 type = 20;
  }
  message TensorProto {
    repeated int64 dims = 1;
    optional int32 data_type = 2;
    repeated float float_data = 4 [packed = true];
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

/** TensorProto.DataType. */
export const DATA_TYPE = { float: 1, uint8: 2, int8: 3, int32: 6 } as const;
/** AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPE = { int: 2, ints: 7 } as const;
const modelType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('ModelProto');

/** @throws Error when the bytes are not a protobuf message */
export function decodeModel(bytes: Uint8Array): protobuf.Message {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  return modelType.decode(reader);
}

/** @param model an object as `decodeModel` returns it */
export function encodeModel(model: object): Buffer {
  const bytes = modelType.encode(model).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
