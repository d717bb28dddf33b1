import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** A process that cannot be mistaken for another that got its number later. */
export const processIdentitySchema = z.object({
  pid: z.number().int().positive(),
  /** Clock ticks from boot to the start of the process; null where there is no /proc. */
  startTicks: z.string().nullable(),
});
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

export function identify(pid: number): ProcessIdentity {
  return { pid, startTicks: startTicks(pid) };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return signal(identity.pid, 0) && startTicks(identity.pid) === identity.startTicks;
}

/** SIGTERM, then SIGKILL for what is still there after `patienceMs`. */
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

/** Field 22 of /proc/PID/stat; the name before it, in brackets, may hold spaces. A zombie has ended. */
function startTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null);
  } catch {
    return null;
  }
}
