/**
 * npm run bench:vectors -- [--count 10000] [--kills 20]
 *
 * The embedded vector store: writes, searches, memory, disk, a second process, and a writer that is killed.
 * Each step runs in a process of its own, so that the memory figures are those of the step alone. The last step
 * kills a writer with SIGKILL several times over the same folder and counts acknowledged sightings that are lost.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { embeddedStore } from '../test/support/embedded-store.js';
import {
  countSightings,
  DIMENSION,
  measureReads,
  measureWrites,
  writeForever,
} from './vector-store/measure-store.js';

const self = fileURLToPath(import.meta.url);
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '20' },
    step: { type: 'string' },
    folder: { type: 'string', default: '' },
  },
});

/** Runs one step and sends its figures to the parent process. */
async function runStep(step: string): Promise<void> {
  const store = embeddedStore(values.folder, 'bench@1+none', DIMENSION);
  const started = performance.now();
  await store.open();
  const openMs = performance.now() - started;
  if (step === 'hold') {
    process.send?.({ holding: true });
    await once(process, 'message');
  } else if (step === 'crash') {
    await writeForever(store, (count) => process.send?.({ acknowledged: count }));
  } else if (step === 'count') {
    process.send?.({ count: await countSightings(store) });
  } else {
    const figures =
      step === 'write'
        ? await measureWrites(store, Number(values.count))
        : { openMs, ...(await measureReads(store)) };
    process.send?.({ ...figures, rssMb: process.memoryUsage().rss / 1e6 });
  }
  await store.close();
  process.disconnect();
}

function start(folder: string, step: string): ChildProcess {
  const args = ['--folder', folder, '--step', step, '--count', values.count];
  return fork(self, args, { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
}

type Figures = Record<string, number>;

async function finish(child: ChildProcess): Promise<Figures> {
  let figures: Figures = {};
  let errors = '';
  child.on('message', (message) => (figures = message as Figures));
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code === 0) return figures;
  throw new Error(/^[^\w\n]*\w*Error\b.*$/m.exec(errors)?.[0].trim() ?? 'exited without a message');
}

/** Kills a writer several times; returns how many acknowledged sightings are lost. */
async function crash(folder: string): Promise<string> {
  let lost = 0;
  for (let kill = 0; kill < Number(values.kills); kill++) {
    const child = start(folder, 'crash');
    let acknowledged = 0;
    child.on('message', (message) => (acknowledged = (message as Figures).acknowledged ?? 0));
    await once(child, 'message');
    await sleep(50 + 100 * kill * Math.random());
    child.kill('SIGKILL');
    await once(child, 'exit');
    try {
      const { count } = await finish(start(folder, 'count'));
      lost += Math.max(0, acknowledged - (count ?? 0));
    } catch (error) {
      return `kill ${kill + 1}: the store does not open again: ${String(error)}`;
    }
  }
  return `${lost} lost`;
}

async function openTwice(folder: string): Promise<string> {
  const holder = start(folder, 'hold');
  await once(holder, 'message');
  const outcome = await finish(start(folder, 'count')).then(
    () => 'opens too',
    (error: unknown) => `refused: ${String(error).slice(0, 100)}`,
  );
  holder.send('done');
  await once(holder, 'exit');
  return outcome;
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(async (f) => (await stat(path.join(f.parentPath, f.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function measure(): Promise<Record<string, string>> {
  const root = await mkdtemp(path.join(tmpdir(), 'sightline-bench-'));
  try {
    const folder = path.join(root, 'data');
    const written = await finish(start(folder, 'write'));
    const diskMb = (await sizeOf(folder)) / 1e6;
    const read = await finish(start(folder, 'read'));
    const figures = { ...written, ...read, diskMb };
    return {
      ...Object.fromEntries(
        Object.entries(figures).map(([key, value]) => [key, value.toPrecision(3)]),
      ),
      secondProcess: await openTwice(folder),
      sigkill: await crash(path.join(root, 'crash')),
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

if (values.step) {
  await runStep(values.step);
} else {
  console.log(`${values.count} sightings:`);
  for (const [key, value] of Object.entries(await measure())) {
    console.log(`  ${key.padEnd(24)}${value}`);
  }
}
