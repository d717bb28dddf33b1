/** Uniform numbers in [0, 1), always the same for a seed: mulberry32, 32 bits of state. */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers around 0 of this standard deviation, evenly spread. */
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
