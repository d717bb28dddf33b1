/** Reads the .onnx file of a user's own network: only the fields that checking and freeing its batch need. */
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type OnnxDimension } from '../onnx/rewrite-onnx.js';
import { decodeModel, encodeModel } from '../onnx/onnx-schema.js';

type OwnNetworkErrorCode =
  | 'ONNX_UNREADABLE'
  | 'ONNX_EXTERNAL_DATA'
  | 'ONNX_INPUT_UNSUITABLE'
  | 'ONNX_OUTPUT_UNSUITABLE'
  | 'ONNX_BATCH_FIXED'
  | 'ONNX_OUTPUT_CONSTANT'
  | 'ONNX_RUN_FAILED';

/** A user's own network cannot be used. */
export function ownNetworkError(
  code: OwnNetworkErrorCode,
  problem: string,
  cause?: unknown,
): PipelineError {
  return new PipelineError(code, problem, { stage: 'models', class: 'quarantine', cause });
}

interface OnnxTensor {
  readonly name: string;
  raw_data: Uint8Array;
  /** Lengths of a Reshape when they are not in raw_data. */
  int64_data: unknown[];
  readonly external_data: readonly { readonly key: string; readonly value: string }[];
}

interface OnnxNode {
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
  /** Shapes of intermediate values. */
  value_info: readonly OnnxValueInfo[];
}

export interface OnnxNetwork {
  readonly graph: OnnxGraph;
}

/** @returns null when the bytes are not an ONNX network */
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

/** Names of TensorProto.DataType. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  6: 'int32',
  7: 'int64',
  10: 'float16',
  11: 'float64',
  16: 'bfloat16',
};

/** An input or output of a network. */
export interface ValueShape {
  readonly name: string;
  /** `float32` for example. */
  readonly type: string;
  /** Length of each axis, null for a free axis; null when the file states no shape. */
  readonly shape: readonly (number | null)[] | null;
}

export function valueShape({ name, type }: OnnxValueInfo): ValueShape {
  const tensor = type?.tensor_type;
  return {
    name,
    type: tensor ? (TYPE_NAMES[tensor.elem_type] ?? `type ${tensor.elem_type}`) : 'not a tensor',
    shape: tensor?.shape?.dim.map(length) ?? null,
  };
}

/** For example `[batch, 3, 112, 112]`. */
export function describeShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((axis, index) => axis ?? (index === 0 ? 'batch' : '?')).join(', ')}]`;
}

/** Some exporters write 0 or −1 for a free axis. */
function length(dimension: object): number | null {
  const value = 'dim_value' in dimension ? Number(String(dimension.dim_value)) : 0;
  return value > 0 ? value : null;
}
