/** Dimension of the model space of the tests. */
export const TEST_DIMENSION = 16;

/** Unit vector along one axis. Two different axes are two strangers (similarity 0). */
export function axis(index: number): Float32Array {
  const vector = new Float32Array(TEST_DIMENSION);
  vector[index] = 1;
  return vector;
}

/** Unit vector in the plane of the axes `index` and `towards`, with the given cosine similarity to axis `index`. */
export function near(
  index: number,
  similarity: number,
  towards = TEST_DIMENSION - 1,
): Float32Array {
  const vector = axis(index);
  vector[index] = similarity;
  vector[towards] = Math.sqrt(1 - similarity ** 2);
  return vector;
}
