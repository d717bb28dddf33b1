import { decodeOnnx, encodeOnnx, type OnnxDimension } from './onnx-model.js';

interface ShapedValue {
  readonly type: { readonly tensor_type: { readonly shape: { dim: OnnxDimension[] } } };
}

/** A tensor of int64 lengths, little-endian. */
interface ShapeTensor {
  raw_data: Uint8Array;
}

/**
 * Rewrites a network exported for batches of one so that it takes batches of any size. Weights are left
 * as they are.
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
 * Frees the first axis of a network's inputs and outputs. A Reshape to a fixed [1, …] keeps its input's
 * first axis instead.
 */
export function freeBatch(values: readonly ShapedValue[], reshapes: readonly ShapeTensor[]): void {
  for (const { type } of values) {
    const { shape } = type.tensor_type;
    shape.dim = [{ dim_param: 'batch' }, ...shape.dim.slice(1)];
  }
  for (const tensor of reshapes) {
    const lengths = Buffer.from(tensor.raw_data);
    // In a Reshape 0 means: as long as that axis of the input.
    if (lengths.readBigInt64LE(0) === 1n) lengths.writeBigInt64LE(0n, 0);
    tensor.raw_data = lengths;
  }
}
