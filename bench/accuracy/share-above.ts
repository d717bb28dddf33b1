/** Share of scores that are greater. @param ascending sorted, lowest first */
export function shareAbove(ascending: Float32Array, score: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > score) high = middle;
    else low = middle + 1;
  }
  return (ascending.length - low) / ascending.length;
}
