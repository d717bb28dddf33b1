import { readdir, readFile } from 'node:fs/promises';
import { heldBytes } from '../../test/support/memory-probe.js';

/** What a process holds at one moment, from the kernel's records. */
export interface ProcessSample {
  /** Resident memory, MiB. */
  readonly residentMiB: number;
  /** What JavaScript of the main thread holds of it, MiB; null when there is none. */
  readonly heldMiB: number | null;
  /** Open files, sockets and pipes. */
  readonly handles: number;
  readonly threads: number;
}

/**
 * Looks at a process, at one with a probe inside after its garbage is collected: what is left of it would
 * pass for growth.
 */
export async function sampleProcess(pid: number, probeFolder?: string): Promise<ProcessSample> {
  const held = probeFolder === undefined ? null : await heldBytes(probeFolder, pid);
  const [memory, files, status] = await Promise.all([
    readFile(`/proc/${pid}/smaps_rollup`, 'utf8'),
    readdir(`/proc/${pid}/fd`),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  return {
    residentMiB: Number(/^Rss:\s+(\d+) kB/m.exec(memory)?.[1]) / 1024,
    heldMiB: held === null ? null : held / 2 ** 20,
    handles: files.length,
    threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1]),
  };
}
