import { type OnnxDimension } from '../onnx/onnx-model.js';
import { decodeModel, encodeModel } from '../onnx/onnx-schema.js';

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

/** @returns null when the bytes are no ONNX network */
export function decodeNetwork(bytes: Uint8Array): OnnxNetwork | null {
  try {
    const model = decodeModel(bytes) as unknown as OnnxNetwork;
    return (model.graph as OnnxGraph | null)?.node.length ? model : null;
  } catch {
    return null;
  }
}

export function encodeNetwork(network: OnnxNetwork): Buffer {
  return encodeModel(network);
}
