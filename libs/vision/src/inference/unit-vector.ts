/** `values` scaled to L2 norm 1. @throws Error when they have no direction (all zero, or not finite) */
export function unitVector(values: Float32Array): Float32Array {
  let squares = 0;
  for (const value of values) squares += value * value;
  const norm = Math.sqrt(squares);
  if (!(norm > 1e-6) || !Number.isFinite(norm)) {
    throw new Error(`the network gave an embedding of norm ${norm}`);
  }
  return values.map((value) => value / norm);
}
