import { describe, expect, it } from '@jest/globals';
import { type Provider } from '../options.js';
import { explainFailure } from './explain-failure.js';

const NO_ADAPTER = 'webgpu_context.cc:136 Failed to get a WebGPU adapter: No supported adapters';
const NO_CUDA = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library';

/** What ONNX Runtime 1.30 and the Vulkan loader 1.3 print. */
const FAILURES: readonly [Provider, string, string, string][] = [
  [
    'webgpu',
    NO_ADAPTER,
    "Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file: No such file or directory",
    'libvulkan1',
  ],
  [
    'webgpu',
    NO_ADAPTER,
    'ERROR | DRIVER:   vkCreateInstance: Found no drivers!',
    'VK_DRIVER_FILES',
  ],
  [
    'webgpu',
    NO_ADAPTER,
    'ERROR: libXext.so.6: cannot open shared object file: No such file or directory\nFound no drivers!',
    'libxext6',
  ],
  [
    'webgpu',
    NO_ADAPTER,
    'Warning: Vulkan shaderUniform*ArrayDynamicIndexing required.\n - While initializing adapter (backend=BackendType::Vulkan)',
    'shaderUniform*ArrayDynamicIndexing required',
  ],
  ['webgpu', NO_ADAPTER, '', 'vulkaninfo'],
  [
    'cuda',
    NO_CUDA,
    'Failed to load library /x/libonnxruntime_providers_shared.so with error: /x/libonnxruntime_providers_shared.so: cannot open shared object file',
    'ONNXRUNTIME_NODE_INSTALL=cuda12',
  ],
  [
    'cuda',
    NO_CUDA,
    'Failed to load library /x/libonnxruntime_providers_cuda.so with error: libcudnn.so.9: cannot open shared object file',
    'libcudnn.so.9 is missing',
  ],
  [
    'webgpu',
    'Out of memory',
    'ERROR: libvulkan_intel.so: cannot open shared object file\nFound no drivers!',
    'Out of memory',
  ],
  ['cpu', 'no such luck', 'libcudnn.so.9: cannot open shared object file', 'no such luck'],
];

describe('explainFailure', () => {
  it.each(FAILURES)('%s: %s, %s', (provider, message, log, explanation) => {
    expect(explainFailure(provider, message, log)).toContain(explanation);
  });
});
