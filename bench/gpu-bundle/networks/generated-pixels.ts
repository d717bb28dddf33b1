import { type Network } from '#models/facenet/network.js';
import { randomTensor, seededUniform } from './seeded-random.js';

const SEED = 2;

/** Pictures of noise as FaceNet takes them, [faces, height, width, 3], about −1 to 1. */
export function generatedPixels({ input }: Network, faces: number): Float32Array {
  const length = input.reduce((product, side) => product * side, faces);
  return randomTensor(length, 0.5, seededUniform(SEED));
}
