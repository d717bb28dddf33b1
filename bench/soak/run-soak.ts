import { Redis } from 'ioredis';
import { readdir, readFile } from 'node:fs/promises';
import { heldBytes } from '../../test/support/memory-probe.js';
import { cameraEventsHttp } from '#shared/contracts/http/camera-events.http.js';
import { recognitionHttp } from '#shared/contracts/http/recognition.http.js';
import { api, importDone, startImport, upload } from '../../test/support/api.js';
import { type Pipeline } from '../../test/support/start-pipeline.js';
import { renewVersions } from './varied-archive.js';

/** Measurements of all processes at one moment. */
export interface SoakSample {
  /** Number of images with an outcome, and of their faces. */
  readonly images: number;
  readonly faces: number;
  readonly processes: Readonly<Record<string, ProcessSample>>;
  /** `used_memory` of Redis, MiB. */
  readonly redisUsedMiB: number;
}

interface SoakOptions {
  readonly pipeline: Pipeline;
  /** Folder for the output of the memory probes in the services. */
  readonly probeFolder: string;
  /** Store of the archive. */
  readonly store: string;
  readonly files: readonly string[];
  readonly images: number;
  /** A photograph for the query and the camera event during each pass. */
  readonly query: Buffer;
  report?(sample: SoakSample): void;
}

const PASS_LIMIT_MS = 30 * 60_000;
const POLL_MS = 250;

/** Imports the archive repeatedly, each time with new versions of its objects, and takes a sample after each pass. */
export async function runSoak(options: SoakOptions): Promise<SoakSample[]> {
  const redis = new Redis(options.pipeline.redis.url);
  const samples: SoakSample[] = [];
  let [images, faces] = [0, 0];
  try {
    while (images < options.images) {
      const pass = await runPass(options);
      images += pass.listed - pass.skipped;
      faces += pass.faces;
      const sample = {
        images,
        faces,
        processes: await sampleAll(options),
        redisUsedMiB: await usedMiB(redis),
      };
      samples.push(sample);
      options.report?.(sample);
    }
    return samples;
  } finally {
    redis.disconnect();
  }
}

async function runPass({ pipeline, store, files: archive, query }: SoakOptions) {
  await renewVersions(archive);
  const id = await startImport(pipeline.ingest.url, store);
  const files = { image: upload(query) };
  const [pass] = await Promise.all([
    importDone(pipeline.ingest.url, id, PASS_LIMIT_MS, POLL_MS),
    api(pipeline.matcher.url).call(recognitionHttp.identify, { files }),
    api(pipeline.ingest.url).call(cameraEventsHttp.add, {
      body: { cameraId: `soak ${id}`, observedAt: new Date().toISOString() },
      files,
    }),
  ]);
  return pass;
}

async function sampleAll({ pipeline, probeFolder }: SoakOptions) {
  const { ingest, embedder, matcher, redis } = pipeline;
  return {
    ingest: await sampleProcess(ingest.process.pid!, probeFolder),
    embedder: await sampleProcess(embedder.process.pid!, probeFolder),
    matcher: await sampleProcess(matcher.process.pid!, probeFolder),
    redis: await sampleProcess(redis.pid),
  };
}

async function usedMiB(redis: Redis): Promise<number> {
  const info = await redis.info('memory');
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1]) / 2 ** 20;
}

/** Resources of a process at one moment, as the kernel reports them. */
export interface ProcessSample {
  /** Resident memory, MiB. */
  readonly residentMiB: number;
  /** Memory that JavaScript of the main thread holds, MiB; null for a process without JavaScript. */
  readonly heldMiB: number | null;
  /** Open files, sockets and pipes. */
  readonly handles: number;
  readonly threads: number;
}

/**
 * Takes a sample of a process. A process with a probe collects its garbage first, because garbage would look like
 * growth.
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
