import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FolderObjectStore } from '#shared/platform/storage/folder-object-store.js';
import { ImageFiles } from '../../apps/embedder/src/image-files.js';

// Reads all files of a folder concurrently within a memory limit, and reports the memory that it used.
const [folder, memory, maxBytes] = process.argv.slice(2);
const store = new FolderObjectStore(folder!);
const files = new ImageFiles(
  { get: () => store },
  { memory: Number(memory), maxBytes: Number(maxBytes) },
);
const before = process.memoryUsage.rss();
const { objects } = await store.list('', { limit: 1_000 });
const sizes = await Promise.all(
  objects.map(({ key, version }) =>
    files.withFile({ store: 'archive', key, version }, undefined, async (bytes) => {
      await sleep(20);
      return bytes.length;
    }),
  ),
);
const [, peakKib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))!;
process.stdout.write(JSON.stringify({ sizes, grownBytes: Number(peakKib) * 1024 - before }));
