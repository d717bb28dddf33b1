import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** Identifies a process even after the system has given its number to another process. */
export const processIdentitySchema = z.object({
  pid: z.number().int().positive(),
  /** Clock ticks from boot to the start of the process; null on systems without /proc. */
  startTicks: z.string().nullable(),
});
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

export function identify(pid: number): ProcessIdentity {
  return { pid, startTicks: startTicks(pid) };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return signal(identity.pid, 0) && startTicks(identity.pid) === identity.startTicks;
}

/** Sends SIGTERM, and SIGKILL if the process still runs after `patienceMs`. */
export async function endProcess(identity: ProcessIdentity, patienceMs: number): Promise<void> {
  if (!isRunning(identity)) return;
  signal(identity.pid, 'SIGTERM');
  const deadline = Date.now() + patienceMs;
  while (isRunning(identity)) {
    if (Date.now() > deadline) signal(identity.pid, 'SIGKILL');
    await sleep(50);
  }
}

/** @returns false when there is no such process */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Field 22 of /proc/PID/stat. The name in brackets before it may contain spaces. A zombie counts as ended. */
function startTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null);
  } catch {
    return null;
  }
}
