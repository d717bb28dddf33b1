import { Redis } from 'ioredis';
import { form, importDone, requestJson, startImport } from '../../test/support/api.js';
import { type Pipeline } from '../../test/support/start-pipeline.js';
import { sampleProcess, type ProcessSample } from './process-sample.js';
import { renewVersions } from './varied-archive.js';

/** One look at all processes. */
export interface SoakSample {
  /** Images with an outcome so far, and their faces. */
  readonly images: number;
  readonly faces: number;
  readonly processes: Readonly<Record<string, ProcessSample>>;
  /** What Redis says it uses, MiB. */
  readonly redisUsedMiB: number;
}

export interface SoakOptions {
  readonly pipeline: Pipeline;
  /** Where the probes inside the services write. */
  readonly probeFolder: string;
  /** Store of the archive, and its files. */
  readonly store: string;
  readonly files: readonly string[];
  readonly images: number;
  /** A photograph that is asked about, and that a camera sends, while each pass runs. */
  readonly query: Buffer;
  report?(sample: SoakSample): void;
}

const PASS_LIMIT_MS = 30 * 60_000;
const POLL_MS = 250;

/** Imports the archive again and again, each time with new versions of its objects, and looks after each pass. */
export async function runSoak(options: SoakOptions): Promise<SoakSample[]> {
  const redis = new Redis(options.pipeline.redis.url);
  const samples: SoakSample[] = [];
  let [images, faces] = [0, 0];
  try {
    while (images < options.images) {
      const pass = await runPass(options);
      images += pass.listed;
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

async function runPass({ pipeline, store, files, query }: SoakOptions) {
  await renewVersions(files);
  const id = await startImport(pipeline.ingest.url, store);
  const post = (url: string, fields: Readonly<Record<string, string>>) =>
    requestJson(url, { method: 'POST', body: form({ image: query, ...fields }) });
  const [pass] = await Promise.all([
    importDone(pipeline.ingest.url, id, PASS_LIMIT_MS, POLL_MS),
    post(`${pipeline.matcher.url}/v1/identify`, {}),
    post(`${pipeline.ingest.url}/v1/camera-events`, {
      cameraId: `soak ${id}`,
      observedAt: new Date().toISOString(),
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
