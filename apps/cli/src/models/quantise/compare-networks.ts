import { dotProduct } from '#shared/scoring/dot-product.js';
import { OnnxTensors } from '#vision/inference/onnx-tensors.js';
import { batchOf, type NetworkInputs } from './network-inputs.js';

const BATCH = 8;

/**
 * Cosine similarity of what two networks make of the same faces.
 * @returns one for each face
 */
export async function compareNetworks(
  a: Uint8Array,
  b: Uint8Array,
  inputs: NetworkInputs,
): Promise<number[]> {
  const [ofA, ofB] = [await embed(a, inputs), await embed(b, inputs)];
  return ofA.map((vector, index) => cosine(vector, ofB[index]!));
}

/** Embeddings from the network's first output, of any length. */
async function embed(
  network: Uint8Array,
  { shape, items }: NetworkInputs,
): Promise<Float32Array[]> {
  const tensors = await OnnxTensors.open(network);
  try {
    const vectors: Float32Array[] = [];
    for (let from = 0; from < items.length; from += BATCH) {
      const part = items.slice(from, from + BATCH);
      const [output] = (await tensors.run(batchOf(part, shape))).values();
      const { data } = output!;
      const length = data.length / part.length;
      for (let at = 0; at < data.length; at += length) {
        vectors.push(data.subarray(at, at + length));
      }
    }
    return vectors;
  } finally {
    await tensors.close();
  }
}

/** A vector of zeros is like nothing. */
function cosine(a: Float32Array, b: Float32Array): number {
  return dotProduct(a, b) / Math.sqrt(dotProduct(a, a) * dotProduct(b, b)) || 0;
}
