import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type AskedDevice } from './engine.port.js';

const WHAT_TO_DO: Readonly<Partial<Record<AskedDevice, string>>> = {
  cuda: 'give the process an NVIDIA GPU and the CUDA libraries that the runtime was built for (onnxruntime-node 1.30: CUDA 12 and cuDNN 9, and onnxruntime-node-install=cuda12 in .npmrc when it is installed; @tensorflow/tfjs-node-gpu 4.22: CUDA 11.2 and cuDNN 8.1), or set INFERENCE_DEVICE=cpu or auto',
  tensorrt:
    'give the process an NVIDIA GPU, CUDA 12 and TensorRT 10, and onnxruntime-node-install=cuda12 in .npmrc when onnxruntime-node is installed, or set INFERENCE_DEVICE=cuda or cpu',
  webgpu:
    'give the process a GPU with a Vulkan driver (libvulkan.so.1, its device files), or set INFERENCE_DEVICE=cpu or auto',
};
const ANY_GPU =
  'give the process a GPU whose driver and libraries the runtime finds, or set INFERENCE_DEVICE=cpu or auto';

/**
 * A GPU was asked for and does not run the networks: the service must not start to work on the CPU.
 * @param reasons what was tried and the runtime's own words on it
 */
export function gpuNotUsed(asked: AskedDevice, reasons: readonly string[]): PipelineError {
  return new PipelineError(
    'GPU_NOT_USED',
    `INFERENCE_DEVICE=${asked} asks for a GPU, but none runs the networks: ${reasons.join('; ')}. To mend it ${WHAT_TO_DO[asked] ?? ANY_GPU}; then start the service again`,
    { stage: 'models', class: 'quarantine', httpStatus: 503, details: { asked, reasons } },
  );
}

/** @param reasons each package that was tried, and why it does not load */
export function tensorflowUnavailable(reasons: readonly string[]): PipelineError {
  return new PipelineError(
    'TENSORFLOW_UNAVAILABLE',
    `TensorFlow does not load: ${reasons.join('; ')}. Install it beside Sightline (npm install @tensorflow/tfjs-node@4.22, or @tensorflow/tfjs-node-gpu@4.22 with CUDA 11.2 and cuDNN 8.1; both download a native library), name another package in TENSORFLOW_PACKAGE, set TENSORFLOW_BACKEND=wasm, or set INFERENCE_ENGINE=onnxruntime; then start the service again`,
    { stage: 'models', class: 'quarantine', httpStatus: 503, details: { reasons } },
  );
}

/** Whether this machine lacks what the settings ask for, as opposed to wrong settings or a bug. */
export function isEngineMissing(error: unknown): error is PipelineError {
  return (
    error instanceof PipelineError &&
    (error.code === 'GPU_NOT_USED' || error.code === 'TENSORFLOW_UNAVAILABLE')
  );
}
