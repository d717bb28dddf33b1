import { type Box } from '#shared/contracts/image-ref.js';
import { loadFaceApi } from '../rivals/load-face-api.js';

export interface FaceApiCandidates {
  readonly detectors: Readonly<Record<string, (photograph: Buffer) => Promise<Box[]>>>;
  /** 128 numbers for the face in `box`, placed by face-api's own landmarks; compared by distance. */
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
