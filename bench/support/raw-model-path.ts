import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { inferenceConfigSchema, type InferenceConfig } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { type RunResult } from './run-result.js';

/** The embedder's own path in one process: as many images at once, batched, no queue, store or search. */
export async function runBatchedPath(files: readonly string[]): Promise<RunResult> {
  return runModelPath(files, 32, loadConfig(inferenceConfigSchema));
}

/** What a script would do: one image after the other, each run of a network spread over all cores. */
export async function runPlainLoop(files: readonly string[]): Promise<RunResult> {
  const config = loadConfig(inferenceConfigSchema);
  const cores = availableParallelism();
  const settings = { INFERENCE_THREADS: 1, INFERENCE_INTRA_OP: cores, BATCH_WAIT_MS: 0 };
  return runModelPath(files, 1, { ...config, ...settings });
}

async function runModelPath(
  files: readonly string[],
  concurrency: number,
  config: InferenceConfig,
): Promise<RunResult> {
  const pipeline = await openFacePipeline(config);
  const run = async (paths: readonly string[]) => {
    const next = paths.values();
    let faces = 0;
    const lane = async () => {
      for (const file of next) {
        const found = await pipeline.process(await readFile(file));
        faces += found.faces.length;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
    return faces;
  };
  await run(files.slice(0, 32));
  const start = performance.now();
  const faces = await run(files);
  const seconds = (performance.now() - start) / 1000;
  await pipeline.close();
  return { images: files.length, faces, seconds };
}
