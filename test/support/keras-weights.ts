import { type KerasWeights } from '#models/facenet/keras-weights.js';
import { expectedTensors } from '#models/facenet/match-layout.js';
import { type Network } from '#models/facenet/network.js';

/** Generated weights of a network's shapes, scaled so that values neither grow nor vanish from layer to layer. */
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

/** A generator of numbers between −1 and 1, which are the same for the same seed. */
export function noise(seed: number): () => number {
  // Stored in a constant, because each access to a global is slow in Jest's sandbox.
  const { imul } = Math;
  let state = seed;
  return () => {
    state = (imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2_147_483_648 - 1;
  };
}
