import { type OnnxValueInfo } from './onnx-file.js';

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
