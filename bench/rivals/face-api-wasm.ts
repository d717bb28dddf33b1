import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { type RunResult } from '../support/run-result.js';

/** What of face-api and TF.js is used here; face-api's WASM build ships without types. */
interface FaceApi {
  readonly nets: Record<string, { loadFromDisk(folder: string): Promise<void> }>;
  readonly SsdMobilenetv1Options: new (options: { minConfidence: number }) => object;
  detectAllFaces(
    image: object,
    options: object,
  ): {
    withFaceLandmarks(): { withFaceDescriptors(): Promise<unknown[]> };
  };
}
interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor3d(data: Uint8Array, shape: number[], type: string): { dispose(): void };
}
interface WasmBackend {
  setWasmPaths(folder: string): void;
}

/** @vladmandic/face-api on TF.js WASM, the fastest it runs on in Node without native add-ons. */
export async function runFaceApi(files: readonly string[]): Promise<RunResult> {
  const require = createRequire(import.meta.url);
  const tf = require('@tensorflow/tfjs') as TensorFlow;
  const wasm = require('@tensorflow/tfjs-backend-wasm') as WasmBackend;
  wasm.setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  await tf.ready();
  const build = require.resolve('@vladmandic/face-api/dist/face-api.node-wasm.js');
  const faceApi = require(build) as FaceApi;
  const models = path.join(path.dirname(build), '../model');
  await faceApi.nets.ssdMobilenetv1!.loadFromDisk(models);
  await faceApi.nets.faceLandmark68Net!.loadFromDisk(models);
  await faceApi.nets.faceRecognitionNet!.loadFromDisk(models);
  const options = new faceApi.SsdMobilenetv1Options({ minConfidence: 0.5 });

  const detect = async (file: string) => {
    const { data, info } = await sharp(await readFile(file))
      .rotate()
      .flatten()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const image = tf.tensor3d(data, [info.height, info.width, info.channels], 'int32');
    const faces = await faceApi
      .detectAllFaces(image, options)
      .withFaceLandmarks()
      .withFaceDescriptors();
    image.dispose();
    return faces.length;
  };
  await detect(files[0]!);
  const start = performance.now();
  let faces = 0;
  for (const file of files) faces += await detect(file);
  return { images: files.length, faces, seconds: (performance.now() - start) / 1000 };
}
