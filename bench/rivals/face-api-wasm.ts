import { readFile } from 'node:fs/promises';
import { type RunResult } from '../support/run-result.js';
import { loadFaceApi } from './load-face-api.js';

/** @vladmandic/face-api on TF.js WASM, the fastest it runs on in Node without native add-ons. */
export async function runFaceApi(files: readonly string[]): Promise<RunResult> {
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
