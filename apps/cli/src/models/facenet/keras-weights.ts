/** Tensors of a Keras file by `layer/tensor`, in Keras' own layout: kernels height, width, in, out. */
export type KerasWeights = ReadonlyMap<string, Float32Array>;

export function tensorOf(weights: KerasWeights, layer: string, tensor: string): Float32Array {
  const values = weights.get(`${layer}/${tensor}`);
  if (!values) throw new Error(`there is no tensor ${layer}/${tensor}`);
  return values;
}
