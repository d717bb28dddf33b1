import { type KerasWeights } from '#models/facenet/keras-weights.js';
import { expectedTensors } from '#models/facenet/match-layout.js';
import { type Network } from '#models/facenet/network.js';

/** Weights of a network's exact shapes, made up so that values neither grow nor die out on their way. */
export function generatedWeights(network: Network, seed = 1): KerasWeights {
  const next = noise(seed);
  return new Map(
    expectedTensors(network).map(({ layer, tensor, shape }) => {
      const length = shape.reduce((product, side) => product * side, 1);
      const values = new Float32Array(length);
      const scale = tensor === 'kernel' ? Math.sqrt((3 * shape.at(-1)!) / length) : 1;
      for (let i = 0; i < length; i++) values[i] = next() * scale;
      if (tensor === 'moving_variance') values.forEach((v, i) => (values[i] = 0.4 + v * v));
      return [`${layer}/${tensor}`, values];
    }),
  );
}

/** An endless row of numbers between −1 and 1, the same for the same seed. */
export function noise(seed: number): () => number {
  // Looked up once: in Jest's sandbox a global takes longer than the rest of it.
  const { imul } = Math;
  let state = seed;
  return () => {
    state = (imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2_147_483_648 - 1;
  };
}
