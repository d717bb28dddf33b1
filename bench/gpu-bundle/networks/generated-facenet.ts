import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { foldNetwork } from '#models/facenet/fold-network.js';
import { inceptionResnetV1 } from '#models/facenet/inception-resnet-v1.js';
import { type KerasWeights } from '#models/facenet/keras-weights.js';
import { expectedTensors } from '#models/facenet/match-layout.js';
import { type Network } from '#models/facenet/network.js';
import { onnxGraph } from '#models/facenet/write-onnx.js';
import { type OnnxGraph } from '#models/onnx/encode-onnx.js';

/** FaceNet-512, the network that is measured. */
export const FACENET = inceptionResnetV1(512);

/** FaceNet-512 with generated weights, in the form that the importer writes. */
export function facenetGraph(): OnnxGraph {
  return onnxGraph(foldNetwork(FACENET, generatedWeights(FACENET)));
}

const WEIGHTS_SEED = 20180402;

/**
 * Random weights. Kernels keep the size of activations from layer to layer
 * (He et al., Delving Deep into Rectifiers, 2015), so that half precision neither overflows nor
 * fades; batch norm changes nothing.
 */
export function generatedWeights(network: Network): KerasWeights {
  const random = seededRandom(WEIGHTS_SEED);
  return new Map(
    expectedTensors(network).map(({ layer, tensor, shape }) => {
      const length = shape.reduce((product, side) => product * side, 1);
      const inputs = length / shape.at(-1)!;
      const values =
        tensor === 'kernel'
          ? randomTensor(length, Math.sqrt(2 / inputs), random)
          : new Float32Array(length).fill(tensor === 'moving_variance' ? 1 : 0);
      return [`${layer}/${tensor}`, values] as const;
    }),
  );
}

const PIXELS_SEED = 2;

/** Pictures of noise as FaceNet takes them, [faces, height, width, 3], about −1 to 1. */
export function generatedPixels({ input }: Network, faces: number): Float32Array {
  const length = input.reduce((product, side) => product * side, faces);
  return randomTensor(length, 0.5, seededRandom(PIXELS_SEED));
}

/** Numbers around 0 with this standard deviation, uniformly distributed. */
export function randomTensor(
  length: number,
  deviation: number,
  random: () => number,
): Float32Array {
  const width = deviation * Math.sqrt(12);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = (random() - 0.5) * width;
  return values;
}
