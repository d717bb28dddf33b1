/** Images that came together. */
export interface Batch {
  /** Second that they came. */
  readonly since: number;
  /** Number of their import; cameras' have none. */
  readonly owner?: number;
  count: number;
}

export function count(batches: readonly Batch[]): number {
  return batches.reduce((sum, batch) => sum + batch.count, 0);
}

/** Takes up to `room` images off the front. @returns how many */
export function take(
  queue: Batch[],
  room: number,
  taken: (batch: Batch, count: number) => void,
): number {
  let used = 0;
  while (queue[0] && used < room) {
    const [first] = queue;
    const some = Math.min(first.count, room - used);
    taken(first, some);
    used += some;
    first.count -= some;
    if (first.count === 0) queue.shift();
  }
  return used;
}
