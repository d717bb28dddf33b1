import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Candidate } from './vector-candidates/candidate.js';
import { measureReads, measureWrites, writeForever } from './vector-candidates/measure.js';
import { candidateNames, openCandidate } from './vector-candidates/open-candidate.js';

/**
 * npm run bench:vectors -- [--candidates embedded,scan,zvec,duckdb,lancedb] [--count 10000] [--kills 20]
 *
 * Each step runs in a process of its own, so that memory is the candidate's. `crash` kills a writer
 * with SIGKILL again and again over the same folder and counts what was acknowledged and is gone.
 */
const self = fileURLToPath(import.meta.url);
const { values } = parseArgs({
  options: {
    candidates: { type: 'string', default: 'embedded,scan' },
    count: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '20' },
    step: { type: 'string' },
    folder: { type: 'string', default: '' },
  },
});

/** One step of one candidate; its figures go to the parent. */
async function runStep(step: string): Promise<void> {
  const candidate = openCandidate(values.candidates, values.folder);
  const started = performance.now();
  await candidate.open();
  const openMs = performance.now() - started;
  if (step === 'hold') {
    process.send?.({ holding: true });
    await once(process, 'message');
  } else if (step === 'crash') {
    await writeForever(candidate, (count) => process.send?.({ acknowledged: count }));
  } else if (step === 'count') {
    process.send?.({ count: await countSightings(candidate) });
  } else {
    const figures =
      step === 'write'
        ? await measureWrites(candidate, Number(values.count))
        : { openMs, ...(await measureReads(candidate)) };
    process.send?.({ ...figures, rssMb: process.memoryUsage().rss / 1e6 });
  }
  await candidate.close();
  process.disconnect();
}

async function countSightings(candidate: Candidate) {
  const ids = new Set<string>();
  let cursor: string | null = null;
  do {
    const page = await candidate.listSightings(
      'acme',
      {},
      { limit: 10_000, ...(cursor && { cursor }) },
    );
    for (const { id } of page.items) ids.add(id);
    cursor = page.cursor;
  } while (cursor !== null);
  return ids.size;
}

function start(name: string, folder: string, step: string): ChildProcess {
  const args = ['--candidates', name, '--folder', folder, '--step', step, '--count', values.count];
  return fork(self, args, { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
}

type Figures = Record<string, number>;

async function finish(child: ChildProcess): Promise<Figures> {
  let figures: Figures = {};
  let complaint = '';
  child.on('message', (message) => (figures = message as Figures));
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code === 0) return figures;
  throw new Error(/^[^\w\n]*\w*Error\b.*$/m.exec(complaint)?.[0].trim() ?? 'died silently');
}

/** Kills a writer over and over; gives back how many acknowledged sightings are gone. */
async function crash(name: string, folder: string): Promise<string> {
  let lost = 0;
  for (let kill = 0; kill < Number(values.kills); kill++) {
    const child = start(name, folder, 'crash');
    let acknowledged = 0;
    child.on('message', (message) => (acknowledged = (message as Figures).acknowledged ?? 0));
    await once(child, 'message');
    await sleep(50 + 100 * kill * Math.random());
    child.kill('SIGKILL');
    await once(child, 'exit');
    try {
      const { count } = await finish(start(name, folder, 'count'));
      lost += Math.max(0, acknowledged - (count ?? 0));
    } catch (error) {
      return `kill ${kill + 1}: does not open again: ${String(error)}`;
    }
  }
  return `${lost} lost`;
}

async function second(name: string, folder: string): Promise<string> {
  const holder = start(name, folder, 'hold');
  await once(holder, 'message');
  const outcome = await finish(start(name, folder, 'count')).then(
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

async function compare(name: string): Promise<Record<string, string>> {
  const root = await mkdtemp(path.join(tmpdir(), 'sightline-bench-'));
  try {
    const folder = path.join(root, 'data');
    const written = await finish(start(name, folder, 'write'));
    const diskMb = (await sizeOf(folder)) / 1e6;
    const read = await finish(start(name, folder, 'read'));
    const figures = { ...written, ...read, diskMb };
    return {
      ...Object.fromEntries(
        Object.entries(figures).map(([key, value]) => [key, value.toPrecision(3)]),
      ),
      secondProcess: await second(name, folder),
      kill9: await crash(name, path.join(root, 'crash')),
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

if (values.step) {
  await runStep(values.step);
} else {
  for (const name of values.candidates.split(',')) {
    if (!candidateNames.includes(name)) throw new Error(`choose from ${candidateNames.join(', ')}`);
    console.log(`${name}, ${values.count} sightings:`);
    const figures = await compare(name).catch((error: unknown) => ({ failed: String(error) }));
    for (const [key, value] of Object.entries(figures)) {
      console.log(`  ${key.padEnd(24)}${value}`);
    }
  }
}
