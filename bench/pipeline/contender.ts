import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { type InferenceConfig, inferenceConfigSchema } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { loadFaceApi } from '../support/face-api.js';
import { type RunResult } from './run-contender.js';

/** Child process of bench:pipeline. Runs one contender with the files that the parent sends. */
const CONTENDERS = { 'face-api': runFaceApi, loop: runPlainLoop, batched: runBatchedPath };

process.once('message', (message: { name: keyof typeof CONTENDERS; files: string[] }) => {
  CONTENDERS[message.name](message.files).then(
    (result) => process.send!(result, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

/** The embedder's path in one process, with batches and the same concurrency, but without queue, store and search. */
async function runBatchedPath(files: readonly string[]): Promise<RunResult> {
  return runModelPath(files, 32, loadConfig(inferenceConfigSchema));
}

/** A simple script: one image after the other, with each run of a network on all cores. */
async function runPlainLoop(files: readonly string[]): Promise<RunResult> {
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

/** @vladmandic/face-api on TF.js WASM, its fastest backend in Node without native add-ons. */
async function runFaceApi(files: readonly string[]): Promise<RunResult> {
  const { faceApi, withTensor } = await loadFaceApi();
  const options = new faceApi.SsdMobilenetv1Options({ minConfidence: 0.5 });

  const detect = async (file: string) =>
    withTensor(await readFile(file), async (image) => {
      const found = faceApi.detectAllFaces(image, options);
      return (await found.withFaceLandmarks().withFaceDescriptors()).length;
    });
  await detect(files[0]!);
  const start = performance.now();
  let faces = 0;
  for (const file of files) faces += await detect(file);
  return { images: files.length, faces, seconds: (performance.now() - start) / 1000 };
}
