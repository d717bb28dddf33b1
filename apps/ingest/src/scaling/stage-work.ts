import { type QueueDepth, type WaitingJob } from '#shared/queue/queue-depth.js';

/** What a stage's number of workers follows. */
export interface StageWork {
  /** Images that wait or are in hand, but those that nobody may work on now. */
  readonly work: number;
  /** How long the oldest has waited that may be worked on; 0 when none waits. Seconds. */
  readonly oldestAgeSeconds: number;
}

/** @param paused images, on the queue or put back from it, that wait for an import to be resumed */
export function workOf(depth: QueueDepth, paused: number): number {
  const { live, archive, active, delayed, due } = depth;
  const withoutPaused = live + archive + active + delayed - paused;
  // What is delayed and not due is no work yet, whoever's it is.
  return Math.max(live, Math.min(live + archive + active + due, withoutPaused));
}

/** @param pausedImports ids of imports */
export function oldestAgeSeconds(
  waiting: readonly WaitingJob[],
  pausedImports: ReadonlySet<string>,
  now: number,
): number {
  const ages = waiting
    .filter(({ data }) => pausedImports.size === 0 || !pausedImports.has(importOf(data)))
    .map(({ addedAt }) => Math.max(0, now - addedAt) / 1000);
  return Math.max(0, ...ages);
}

/** @returns '' for what is no import's, or cannot be read: that is work for whoever takes it */
function importOf(data: string): string {
  try {
    const job = JSON.parse(data) as { source?: { importId?: unknown } | null } | null;
    const id = job?.source?.importId;
    return typeof id === 'string' ? id : '';
  } catch {
    return '';
  }
}
