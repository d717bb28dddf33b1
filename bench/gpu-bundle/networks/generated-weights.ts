import { type KerasWeights } from '#models/facenet/keras-weights.js';
import { expectedTensors } from '#models/facenet/match-layout.js';
import { type Network } from '#models/facenet/network.js';
import { randomTensor, seededUniform } from './seeded-random.js';

const SEED = 20180402;

/**
 * Weights for a network that nobody trained. Kernels keep the size of activations from layer to layer
 * (He et al., Delving Deep into Rectifiers, 2015), so that half precision neither overflows nor
 * fades; batch norm changes nothing.
 */
export function generatedWeights(network: Network): KerasWeights {
  const random = seededUniform(SEED);
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
