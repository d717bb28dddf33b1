/** Reads and writes the graph of an existing .onnx file, with the fields that quantisation needs. */
import { ATTRIBUTE_TYPE, DATA_TYPE, decodeModel, encodeModel } from './onnx-schema.js';

/** An int64: a number, or an object that Number() converts. */
type Int64 = unknown;

export interface GraphAttribute {
  readonly name: string;
  readonly i?: Int64;
  readonly type: number;
}

export interface GraphNode {
  readonly op_type: string;
  /** Names of values; '' for an omitted optional input. */
  input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly GraphAttribute[];
}

export interface GraphTensor {
  readonly name: string;
  readonly dims: readonly Int64[];
  readonly data_type: number;
  /** Little-endian; empty when the values are in `float_data`. */
  readonly raw_data: Uint8Array;
  readonly float_data?: readonly number[];
}

export interface GraphValue {
  readonly name: string;
  readonly type: { readonly tensor_type: { readonly elem_type: number } };
}

export interface OnnxGraph {
  /** In topological order. */
  node: readonly GraphNode[];
  /** Constant tensors. */
  initializer: readonly GraphTensor[];
  readonly input: readonly GraphValue[];
  output: readonly GraphValue[];
}

export interface OnnxGraphModel {
  readonly opset_import: readonly { readonly domain: string; readonly version: Int64 }[];
  readonly graph: OnnxGraph;
}

/** @throws Error when the bytes are not a protobuf message */
export function decodeGraph(bytes: Uint8Array): OnnxGraphModel {
  return decodeModel(bytes) as unknown as OnnxGraphModel;
}

export function encodeGraph(model: OnnxGraphModel): Buffer {
  return encodeModel(model);
}

/** An integer attribute. */
export function intAttribute(name: string, i: number): GraphAttribute {
  return { name, i, type: ATTRIBUTE_TYPE.int };
}

/** A constant tensor. */
export function tensorOf(
  name: string,
  dims: readonly number[],
  values: Float32Array | Int32Array | Int8Array | Uint8Array,
): GraphTensor {
  const raw_data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims, data_type: dataTypeOf(values), raw_data };
}

function dataTypeOf(values: Float32Array | Int32Array | Int8Array | Uint8Array): number {
  if (values instanceof Float32Array) return DATA_TYPE.float;
  if (values instanceof Int32Array) return DATA_TYPE.int32;
  return values instanceof Int8Array ? DATA_TYPE.int8 : DATA_TYPE.uint8;
}

/** Version of the standard operator set that the model uses; 0 when it states none. */
export function opsetOf(model: OnnxGraphModel): number {
  const own = model.opset_import.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  return Number(own?.version ?? 0);
}

/** The values of a float32 tensor. */
export function floatsOf({ raw_data, float_data }: GraphTensor): Float32Array {
  if (raw_data.length === 0) return Float32Array.from(float_data ?? []);
  // A copy, because inside the file they may not be aligned to four bytes.
  return new Float32Array(Uint8Array.from(raw_data).buffer);
}
