import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { DIST } from './start-app.js';
import { waitUntil } from './wait-until.js';

const readingSchema = z.object({ heapUsed: z.number(), arrayBuffers: z.number() });

/** Settings that preload the probe into a service. @param folder where it writes its measurements */
export function probeSettings(folder: string): Readonly<Record<string, string>> {
  const preload = path.join(DIST, 'test/support/memory-probe.preload.js');
  return { NODE_OPTIONS: `--import=${preload}`, MEMORY_PROBE_DIR: folder };
}

/** Bytes that JavaScript of the main thread uses after garbage collection, in heap and buffers. */
export async function heldBytes(folder: string, pid: number): Promise<number> {
  const file = path.join(folder, String(pid));
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  const text = await waitUntil('the memory probe', () => readFile(file, 'utf8').catch(() => null));
  const { heapUsed, arrayBuffers } = readingSchema.parse(JSON.parse(text));
  return heapUsed + arrayBuffers;
}
