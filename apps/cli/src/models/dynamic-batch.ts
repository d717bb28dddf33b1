import { decodeOnnx, encodeOnnx, type OnnxModel, type OnnxValue } from './onnx-model.js';

/**
 * Rewrites a network exported for batches of one so that it takes batches of any size: the first
 * axis of its inputs and outputs becomes free, and a Reshape to a fixed [1, …] keeps its input's
 * first axis instead. Weights are left as they are.
 */
export function makeBatchDynamic(onnx: Uint8Array): Buffer {
  const model = decodeOnnx(onnx);
  for (const value of [...model.graph.input, ...model.graph.output]) freeFirstAxis(value);
  freeReshapes(model);
  return encodeOnnx(model);
}

function freeFirstAxis(value: OnnxValue): void {
  const { shape } = value.type.tensor_type;
  shape.dim = [{ dim_param: 'batch' }, ...shape.dim.slice(1)];
}

function freeReshapes({ graph }: OnnxModel): void {
  const shapes = new Set(graph.node.filter((n) => n.op_type === 'Reshape').map((n) => n.input[1]));
  for (const tensor of graph.initializer) {
    if (!shapes.has(tensor.name)) continue;
    const lengths = Buffer.from(tensor.raw_data);
    // In a Reshape 0 means: as long as that axis of the input.
    if (lengths.readBigInt64LE(0) === 1n) lengths.writeBigInt64LE(0n, 0);
    tensor.raw_data = lengths;
  }
}
