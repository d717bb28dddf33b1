/** Decides between ONNX Runtime and TensorFlow, and rejects settings that contradict each other. */
import { Logger } from '@nestjs/common';
import { type z } from 'zod';
import {
  gpuNotUsed,
  tensorflowUnavailable,
  type AskedDevice,
  type EngineName,
  type TensorflowBackend,
  type TensorflowRuntime,
} from './engine.port.js';
import { type ProbeAnswer, probeTensorflow } from './tensorflow-runtime.js';

export interface EngineSettings {
  readonly INFERENCE_ENGINE: EngineName | 'auto';
  readonly INFERENCE_DEVICE: AskedDevice;
  readonly TENSORFLOW_PACKAGE?: string | undefined;
  readonly TENSORFLOW_BACKEND: TensorflowBackend;
}

/**
 * Resolves INFERENCE_ENGINE. `auto` means TensorFlow if it loads and computes on a GPU.
 * @param hasArtifact whether the embedding pack has a TF.js artifact
 * @returns the build of TensorFlow for networks with a TF.js artifact; null when ONNX Runtime runs all
 * @throws PipelineError TENSORFLOW_UNAVAILABLE or GPU_NOT_USED when the setting is `tensorflow`
 */
export async function chooseTensorflow(
  settings: EngineSettings,
  hasArtifact: boolean,
  probe: (runtime: TensorflowRuntime) => Promise<ProbeAnswer> = probeTensorflow,
): Promise<TensorflowRuntime | null> {
  const { INFERENCE_ENGINE: engine, INFERENCE_DEVICE: device } = settings;
  const wantsGpu = engine === 'auto' || device === 'gpu' || device === 'cuda';
  if (engine === 'onnxruntime') return null;
  if (engine === 'auto' && !(hasArtifact && ['auto', 'gpu', 'cuda'].includes(device))) return null;
  const reasons: string[] = [];
  let loads = false;
  for (const runtime of runtimesToTry(settings)) {
    const answer = await probe(runtime);
    if (!answer.ok) {
      reasons.push(`${runtime.package}: ${answer.reason}`);
      continue;
    }
    loads = true;
    if (wantsGpu && !answer.onGpu) {
      reasons.push(`${answer.description}: TensorFlow finds no GPU`);
    } else if (device === 'cpu' && answer.onGpu) {
      reasons.push(`${answer.description} would use the GPU; hide it with CUDA_VISIBLE_DEVICES=-1`);
    } else {
      return runtime;
    }
  }
  if (engine === 'tensorflow') {
    throw wantsGpu && loads ? gpuNotUsed(device, reasons) : tensorflowUnavailable(reasons);
  }
  new Logger('inference').log(`using ONNX Runtime instead of TensorFlow: ${reasons.join('; ')}`);
  return null;
}

/** For zod's superRefine: rejects settings that are valid alone but contradict each other. */
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
      `${backend} computes on the CPU, but INFERENCE_DEVICE=${device} requires a GPU: set tensorflow, or INFERENCE_DEVICE=cpu`,
    );
  }
  if (engine === 'auto' && backend !== 'tensorflow') {
    reject(
      'TENSORFLOW_BACKEND',
      `${backend} never uses a GPU, so auto would not choose it: set INFERENCE_ENGINE=tensorflow to use it`,
    );
  }
}

function runtimesToTry(settings: EngineSettings): readonly TensorflowRuntime[] {
  const { TENSORFLOW_PACKAGE: named, TENSORFLOW_BACKEND: backend } = settings;
  return (named === undefined ? defaultPackages(settings) : [named]).map((name) => ({
    package: name,
    backend,
  }));
}

function defaultPackages({ TENSORFLOW_BACKEND, INFERENCE_DEVICE }: EngineSettings): string[] {
  if (TENSORFLOW_BACKEND !== 'tensorflow') return ['@tensorflow/tfjs'];
  if (INFERENCE_DEVICE === 'cpu') return ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'];
  return ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];
}
