import { type EmbeddingNetwork } from './embedding-network.js';

const ROUNDS = 15;
/** Faces a network embeds before it is the other's turn. */
const FACES_A_TURN = 16;

/**
 * Faces a second of networks that run in turns, so that what else the machine does hits all of them.
 * @returns the median of each
 */
export async function compareSpeeds(
  networks: readonly EmbeddingNetwork[],
  faces: readonly Float32Array[],
  batch: number,
): Promise<number[]> {
  const part = faces.slice(0, batch);
  const runs = Math.ceil(FACES_A_TURN / batch);
  const speeds = networks.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, network] of networks.entries()) {
      const start = performance.now();
      for (let run = 0; run < runs; run++) await network.run(part);
      const seconds = (performance.now() - start) / 1000;
      // The first round is for warming up.
      if (round > 0) speeds[index]!.push((runs * batch) / seconds);
    }
  }
  return speeds.map((list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!);
}
