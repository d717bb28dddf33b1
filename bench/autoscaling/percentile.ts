/** @param times how often there was each value */
export function percentile(times: ReadonlyMap<number, number>, share: number): number {
  const sorted = [...times].sort(([a], [b]) => a - b);
  const all = sorted.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [value, count] of sorted) {
    seen += count;
    if (seen >= share * all) return value;
  }
  return 0;
}
