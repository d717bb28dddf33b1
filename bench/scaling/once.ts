/** What was done more than once, and what of `wanted` never. */
export function notOnce(
  done: readonly string[],
  wanted: readonly string[],
): { readonly twice: string[]; readonly never: string[]; readonly unknown: string[] } {
  const counts = new Map(wanted.map((name) => [name, 0]));
  const unknown = new Set<string>();
  for (const name of done) {
    const count = counts.get(name);
    if (count === undefined) unknown.add(name);
    else counts.set(name, count + 1);
  }
  const those = (holds: (count: number) => boolean) =>
    [...counts].filter(([, count]) => holds(count)).map(([name]) => name);
  return {
    twice: those((count) => count > 1),
    never: those((count) => count === 0),
    unknown: [...unknown],
  };
}
