import { type z } from 'zod';
import { type EngineSettings } from './choose-tensorflow.js';

/** For zod's superRefine: settings of which each is right and that do not go together. */
export function checkEngineSettings(settings: EngineSettings, context: z.RefinementCtx): void {
  const {
    INFERENCE_ENGINE: engine,
    INFERENCE_DEVICE: device,
    TENSORFLOW_BACKEND: backend,
  } = settings;
  const reject = (path: keyof EngineSettings, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (engine === 'tensorflow' && (device === 'tensorrt' || device === 'webgpu')) {
    reject(
      'INFERENCE_DEVICE',
      `TensorFlow has no ${device}: set auto, cpu, gpu or cuda, or INFERENCE_ENGINE=onnxruntime`,
    );
  }
  if (
    engine === 'tensorflow' &&
    backend !== 'tensorflow' &&
    device !== 'auto' &&
    device !== 'cpu'
  ) {
    reject(
      'TENSORFLOW_BACKEND',
      `${backend} computes on the CPU, INFERENCE_DEVICE=${device} asks for a GPU: set tensorflow, or INFERENCE_DEVICE=cpu`,
    );
  }
  if (engine === 'auto' && backend !== 'tensorflow') {
    reject(
      'TENSORFLOW_BACKEND',
      `${backend} never sees a GPU, so auto would not take it: set INFERENCE_ENGINE=tensorflow to use it`,
    );
  }
}
