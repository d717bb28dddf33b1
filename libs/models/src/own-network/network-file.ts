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

/** The first thing about a user's own network that does not fit. */
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
  /** Lengths of a Reshape, where they are not in raw_data. */
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

/** TensorProto.DataType FLOAT. */
const FLOAT = 1;
/** The others that a network of pictures may have. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  [FLOAT]: 'float32',
  2: 'uint8',
  3: 'int8',
  6: 'int32',
  7: 'int64',
  10: 'float16',
  11: 'float64',
  16: 'bfloat16',
};

/** What goes into a network or comes out of it. */
export interface ValueShape {
  readonly name: string;
  /** `float32` and so on. */
  readonly type: string;
  /** Length of each axis, null where it is free; null when the file does not say. */
  readonly shape: readonly (number | null)[] | null;
}

export function valueShape({ name, type }: OnnxValueInfo): ValueShape {
  const tensor = type?.tensor_type;
  return {
    name,
    type: tensor ? (TYPE_NAMES[tensor.elem_type] ?? `type ${tensor.elem_type}`) : 'no tensor',
    shape: tensor?.shape?.dim.map(length) ?? null,
  };
}

/** `[batch, 3, 112, 112]` */
export function describeShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((axis, index) => axis ?? (index === 0 ? 'batch' : '?')).join(', ')}]`;
}

/** Some exporters write 0 or −1 for an axis that is free. */
function length(dimension: object): number | null {
  const value = 'dim_value' in dimension ? Number(String(dimension.dim_value)) : 0;
  return value > 0 ? value : null;
}
