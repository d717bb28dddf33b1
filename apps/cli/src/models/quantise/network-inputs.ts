import { type FloatTensor } from '#vision/inference/onnx-tensors.js';

/** Inputs of a network that differ in nothing but their numbers. */
export interface NetworkInputs {
  /** Of one input, without the batch axis. */
  readonly shape: readonly number[];
  readonly items: readonly Float32Array[];
}

/** Items one after the other. */
export function batchOf(items: readonly Float32Array[], shape: readonly number[]): FloatTensor {
  const length = shape.reduce((product, side) => product * side, 1);
  const data = new Float32Array(items.length * length);
  for (const [index, item] of items.entries()) data.set(item, index * length);
  return { data, dims: [items.length, ...shape] };
}
