import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/**
 * Lets the calling thread, not its process, give way to every other: event loops that renew locks
 * and answer probes get a core at once, however busy inference is. Linux only, where priorities
 * belong to threads and /proc tells a thread its number.
 */
export function yieldToOthers(): void {
  if (process.platform !== 'linux') return;
  const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
}
