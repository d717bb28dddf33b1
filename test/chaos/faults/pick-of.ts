/** @param pick 0 to 1 */
export function pickOf<T>(items: readonly T[], pick: number): T {
  return items[Math.floor(pick * items.length)]!;
}
