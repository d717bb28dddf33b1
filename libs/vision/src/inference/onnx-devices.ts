import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type AskedDevice, type Device } from './engine.port.js';
import { CPU_PROVIDER } from './onnx-profile.js';

/** What a session is opened with: the runtime itself adds the CPU for what no other takes. */
export const PROVIDER_OPTIONS: Readonly<Record<Device, readonly string[]>> = {
  cpu: ['cpu'],
  cuda: ['cuda'],
  tensorrt: ['tensorrt', 'cuda'],
  webgpu: ['webgpu'],
};

/** Names under which a profile shows that a device ran a node. */
export const PROVIDER_NAMES: Readonly<Record<Device, string>> = {
  cpu: CPU_PROVIDER,
  cuda: 'CUDAExecutionProvider',
  tensorrt: 'TensorrtExecutionProvider',
  webgpu: 'WebGpuExecutionProvider',
};

/**
 * Devices to try, best first. TensorRT, which compiles a network for minutes, and WebGPU, which may
 * find any GPU, are not taken without being asked for.
 */
export function devicesToTry(asked: AskedDevice, cudaInstalled: boolean): readonly Device[] {
  if (asked === 'auto') return cudaInstalled ? ['cuda', 'cpu'] : ['cpu'];
  if (asked === 'gpu') return cudaInstalled ? ['cuda', 'webgpu'] : ['webgpu'];
  return [asked];
}

/** Whether the CUDA provider lies beside the runtime: the npm package comes without it. */
export function isCudaInstalled(): boolean {
  const folder = path.dirname(
    createRequire(import.meta.url).resolve('onnxruntime-node/package.json'),
  );
  const library =
    process.platform === 'win32'
      ? 'onnxruntime_providers_cuda.dll'
      : 'libonnxruntime_providers_cuda.so';
  return existsSync(path.join(folder, 'bin/napi-v6', process.platform, process.arch, library));
}
