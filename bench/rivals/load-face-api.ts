import { createRequire } from 'node:module';
import path from 'node:path';
import sharp from 'sharp';
import { type Box } from '#shared/contracts/image-ref.js';

export interface Tensor {
  dispose(): void;
}
interface Landmarks {
  align(): Box;
  shiftBy(x: number, y: number): Landmarks;
}
interface Net {
  loadFromDisk(folder: string): Promise<void>;
}
/** What of face-api and TF.js is used here; face-api's WASM build ships without types. */
export interface FaceApi {
  readonly nets: {
    readonly ssdMobilenetv1: Net;
    readonly tinyFaceDetector: Net;
    readonly faceLandmark68Net: Net & { detectLandmarks(face: Tensor): Promise<Landmarks> };
    readonly faceRecognitionNet: Net & {
      computeFaceDescriptor(face: Tensor): Promise<Float32Array>;
    };
  };
  readonly Rect: new (x: number, y: number, width: number, height: number) => Box;
  readonly SsdMobilenetv1Options: new (options: { minConfidence: number }) => object;
  readonly TinyFaceDetectorOptions: new (options: {
    inputSize: number;
    scoreThreshold: number;
  }) => object;
  detectAllFaces(
    image: Tensor,
    options: object,
  ): Promise<{ box: Box }[]> & {
    withFaceLandmarks(): { withFaceDescriptors(): Promise<unknown[]> };
  };
  extractFaceTensors(image: Tensor, boxes: Box[]): Promise<Tensor[]>;
}
interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor3d(data: Uint8Array, shape: number[], type: string): Tensor;
}
interface WasmBackend {
  setWasmPaths(folder: string): void;
}

export interface LoadedFaceApi {
  readonly faceApi: FaceApi;
  /** Decodes a photograph, lends it as a tensor and takes its memory back. */
  withTensor<T>(photograph: Buffer, use: (image: Tensor) => Promise<T>): Promise<T>;
}

/** @vladmandic/face-api on TF.js WASM, the fastest it runs on in Node without native add-ons. */
export async function loadFaceApi(): Promise<LoadedFaceApi> {
  const require = createRequire(import.meta.url);
  const tf = require('@tensorflow/tfjs') as TensorFlow;
  const wasm = require('@tensorflow/tfjs-backend-wasm') as WasmBackend;
  wasm.setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  await tf.ready();
  const build = require.resolve('@vladmandic/face-api/dist/face-api.node-wasm.js');
  const faceApi = require(build) as FaceApi;
  const models = path.join(path.dirname(build), '../model');
  const { ssdMobilenetv1, tinyFaceDetector, faceLandmark68Net, faceRecognitionNet } = faceApi.nets;
  for (const net of [ssdMobilenetv1, tinyFaceDetector, faceLandmark68Net, faceRecognitionNet]) {
    await net.loadFromDisk(models);
  }
  return {
    faceApi,
    withTensor: async (photograph, use) => {
      const { data, info } = await sharp(photograph)
        .rotate()
        .flatten()
        .toColourspace('srgb')
        .raw()
        .toBuffer({ resolveWithObject: true });
      const image = tf.tensor3d(data, [info.height, info.width, info.channels], 'int32');
      try {
        return await use(image);
      } finally {
        image.dispose();
      }
    },
  };
}
