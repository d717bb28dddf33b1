import { encodeOnnxGraph, type OnnxGraph } from '#models/onnx/encode-onnx.js';
import { noise } from './keras-weights.js';

/** Side of the input images of these networks. */
export const OWN_SIZE = 16;
export const OWN_DIMENSION = 8;

const PIXELS = 3 * OWN_SIZE * OWN_SIZE;

/** A network that turns an image [batch, 3, 16, 16] into an `embedding` of 8 numbers, with changes. */
export function ownNetwork(changes: Partial<OnnxGraph> = {}): Buffer {
  return encodeOnnxGraph({
    name: 'own',
    input: { name: 'picture', shape: [3, OWN_SIZE, OWN_SIZE] },
    output: { name: 'embedding', shape: [OWN_DIMENSION] },
    nodes: [
      { op: 'Flatten', inputs: ['picture'], name: 'flat', attributes: { axis: 1 } },
      { op: 'MatMul', inputs: ['flat', 'weights'], name: 'embedding' },
    ],
    tensors: [weights(1)],
    ...changes,
  });
}

/** Weights of the last layer. @param scale 0 for an output of only zeros */
export function weights(scale: number) {
  const next = noise(3);
  const values = Float32Array.from({ length: PIXELS * OWN_DIMENSION }, () => next() * scale);
  return { name: 'weights', shape: [PIXELS, OWN_DIMENSION], values };
}
