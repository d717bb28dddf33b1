/** Sizes that networks are run with: few, so that a runtime's memory plans for each are few. */
const SIZES = [32, 16, 8, 4, 2, 1] as const;

/** `count` items as runs of these sizes, largest first: 13 is 8, 4, 1. Nothing is padded. */
export function batchSizes(count: number): number[] {
  const sizes: number[] = [];
  let left = count;
  for (const size of SIZES) {
    for (; left >= size; left -= size) sizes.push(size);
  }
  return sizes;
}
