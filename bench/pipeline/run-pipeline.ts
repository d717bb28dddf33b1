import { copyFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Answer } from '#shared/contracts/http/route.js';
import { statsHttp } from '#shared/contracts/http/stats.http.js';
import { api, importDone, startImport } from '../../test/support/api.js';
import { startPipeline } from '../../test/support/start-pipeline.js';
import { peakMemory } from '../support/process-usage.js';
import { type RunResult } from './run-contender.js';

type AllStats = Answer<typeof statsHttp.read>;
export type EmbedderStats = Pick<
  AllStats,
  'fetchMs' | 'decodeMs' | 'networks' | 'longestEventLoopGapMs'
>;

export interface PipelineRun extends RunResult {
  readonly embedder: EmbedderStats;
  /** Peak memory of each process, MiB. */
  readonly memory: Readonly<Record<string, number>>;
}

const IMPORT_LIMIT_MS = 30 * 60_000;
/** Long, because each poll costs CPU time on the machine that is measured. */
const POLL_MS = 100;

/** Imports `archive` with the three services and a redis-server, each in its own process as in production. */
export async function runPipeline(archive: string, warmUp: string): Promise<PipelineRun> {
  const pipeline = await startPipeline({
    archive: pathToFileURL(path.resolve(archive)).href,
    warmup: pathToFileURL(path.resolve(warmUp)).href,
  });
  const { ingest, embedder, matcher, redis } = pipeline;
  try {
    await importDone(ingest.url, await startImport(ingest.url, 'warmup'), IMPORT_LIMIT_MS);
    const before = await readStats(embedder.url);
    const start = performance.now();
    const id = await startImport(ingest.url, 'archive');
    const view = await importDone(ingest.url, id, IMPORT_LIMIT_MS, POLL_MS);
    const seconds = (performance.now() - start) / 1000;
    const after = await readStats(embedder.url);
    const pids = {
      ingest: ingest.process.pid!,
      embedder: embedder.process.pid!,
      matcher: matcher.process.pid!,
      redis: redis.pid,
    };
    const memory: Record<string, number> = {};
    for (const [name, pid] of Object.entries(pids)) memory[name] = await peakMemory(pid);
    return {
      images: view.listed - view.skipped,
      faces: view.faces,
      seconds,
      embedder: difference(after, before),
      memory,
    };
  } finally {
    await pipeline.stop();
  }
}

async function readStats(embedderUrl: string): Promise<EmbedderStats> {
  return api(embedderUrl).call(statsHttp.read);
}

/** The difference between two readings. The longest gap is taken from the second one. */
function difference(after: EmbedderStats, before: EmbedderStats): EmbedderStats {
  const network = (role: keyof EmbedderStats['networks']) => ({
    items: after.networks[role].items - before.networks[role].items,
    batches: after.networks[role].batches - before.networks[role].batches,
    prepareMs: after.networks[role].prepareMs - before.networks[role].prepareMs,
    networkMs: after.networks[role].networkMs - before.networks[role].networkMs,
  });
  return {
    fetchMs: after.fetchMs - before.fetchMs,
    decodeMs: after.decodeMs - before.decodeMs,
    networks: {
      detect: network('detect'),
      landmarks: network('landmarks'),
      embed: network('embed'),
    },
    longestEventLoopGapMs: after.longestEventLoopGapMs,
  };
}

/**
 * Copies the photographs of `folders` in turn until there are `count` copies. Each copy has its own name, so the
 * pipeline processes it as a separate image.
 */
export async function makeArchive(
  folders: readonly string[],
  target: string,
  count: number,
): Promise<string[]> {
  const sources: string[] = [];
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (entry.isFile() && /\.(jpe?g|png|webp)$/i.test(entry.name)) {
        sources.push(path.join(entry.parentPath, entry.name));
      }
    }
  }
  if (sources.length === 0) throw new Error(`no photographs in ${folders.join(', ')}`);
  sources.sort();
  await mkdir(target, { recursive: true });
  const copies: string[] = [];
  for (let i = 0; i < count; i++) {
    const source = sources[i % sources.length]!;
    const copy = path.join(target, `${String(i).padStart(6, '0')}${path.extname(source)}`);
    await copyFile(source, copy);
    copies.push(copy);
  }
  return copies;
}
