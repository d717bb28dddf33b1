import { readFile } from 'node:fs/promises';
import { loadConfig } from '#shared/config/load-config.js';
import { inferenceConfigSchema } from '../../apps/embedder/src/embedder.config.js';
import { openFacePipeline } from '../../apps/embedder/src/open-face-pipeline.js';
import { type RunResult } from './run-result.js';

/** As many as the embedder holds at once. */
const CONCURRENCY = 32;

/** The model path alone, in this process: no queue, no Redis, no store, no search. */
export async function runRawModelPath(files: readonly string[]): Promise<RunResult> {
  const pipeline = await openFacePipeline(loadConfig(inferenceConfigSchema));
  const run = async (paths: readonly string[]) => {
    const next = paths.values();
    let faces = 0;
    const lane = async () => {
      for (const file of next) {
        const found = await pipeline.process(await readFile(file));
        faces += found.faces.length;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
    return faces;
  };
  await run(files.slice(0, CONCURRENCY));
  const start = performance.now();
  const faces = await run(files);
  const seconds = (performance.now() - start) / 1000;
  await pipeline.close();
  return { images: files.length, faces, seconds };
}
