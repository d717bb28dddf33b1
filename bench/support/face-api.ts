import { createRequire } from 'node:module';
import path from 'node:path';
import sharp from 'sharp';
import { type Box } from '#shared/contracts/image-ref.js';

interface Tensor {
  dispose(): void;
}
interface Landmarks {
  align(): Box;
  shiftBy(x: number, y: number): Landmarks;
}
interface Net {
  loadFromDisk(folder: string): Promise<void>;
}
/** The parts of face-api and TF.js that are used here. face-api's WASM build has no types. */
interface FaceApi {
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

interface LoadedFaceApi {
  readonly faceApi: FaceApi;
  /** Decodes a photograph into a tensor, and disposes the tensor after use. */
  withTensor<T>(photograph: Buffer, use: (image: Tensor) => Promise<T>): Promise<T>;
}

/** Loads @vladmandic/face-api on TF.js WASM, its fastest backend in Node without native add-ons. */
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

interface FaceApiCandidates {
  readonly detectors: Readonly<Record<string, (photograph: Buffer) => Promise<Box[]>>>;
  /** Embeds the face in `box`, aligned by face-api's landmarks. Embeddings have 128 numbers and are compared by distance. */
  embed(photograph: Buffer, box: Box): Promise<Float32Array>;
}

/** Detectors and the embedding network of @vladmandic/face-api. */
export async function openFaceApi(): Promise<FaceApiCandidates> {
  const { faceApi, withTensor } = await loadFaceApi();
  const detector = (options: object) => (photograph: Buffer) =>
    withTensor(photograph, async (image) =>
      (await faceApi.detectAllFaces(image, options)).map(({ box }) => box),
    );
  const tiny = (inputSize: number) =>
    new faceApi.TinyFaceDetectorOptions({ inputSize, scoreThreshold: 0.5 });

  return {
    detectors: {
      'face-api SSD': detector(new faceApi.SsdMobilenetv1Options({ minConfidence: 0.5 })),
      'face-api tiny 320': detector(tiny(320)),
      'face-api tiny 416': detector(tiny(416)),
    },
    embed: (photograph, { x, y, width, height }) =>
      withTensor(photograph, async (image) => {
        const [face] = await faceApi.extractFaceTensors(image, [
          new faceApi.Rect(x, y, width, height),
        ]);
        const landmarks = await faceApi.nets.faceLandmark68Net.detectLandmarks(face!);
        face!.dispose();
        const aligned = landmarks.shiftBy(x, y).align();
        const [upright] = await faceApi.extractFaceTensors(image, [aligned]);
        const descriptor = await faceApi.nets.faceRecognitionNet.computeFaceDescriptor(upright!);
        upright!.dispose();
        return descriptor;
      }),
  };
}
