/** Dimension of the model space that tests make up. */
export const TEST_DIMENSION = 16;

/** Unit vector along one axis: two of them are strangers (similarity 0). */
export function axis(index: number): Float32Array {
  const vector = new Float32Array(TEST_DIMENSION);
  vector[index] = 1;
  return vector;
}

/** Unit vector with the given cosine similarity to axis `index`, leaning to axis `towards`. */
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
