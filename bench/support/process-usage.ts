import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';

/** Peak resident memory of a process in MiB, as the kernel reports it. */
export async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
}

/** Ticks a second in /proc: USER_HZ, 100 on every architecture that Node runs on. */
const TICKS = 100;

/** CPU time of all threads of a process in seconds, from the text of /proc/PID/stat. */
export function parseCpuSeconds(stat: string): number {
  // The command name is in brackets and may contain any character. User and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  const stats = pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8'));
  return (await Promise.all(stats)).reduce((sum, stat) => sum + parseCpuSeconds(stat), 0);
}

/** CPU time of all processes on the machine in seconds. */
export function machineSeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys, 0) / 1000;
}
