import { type Provider } from '../options.js';

interface Explanation {
  /** What libraries print or throw. */
  readonly sign: RegExp;
  explain(match: RegExpExecArray): string;
}

const CUDA_EXPLANATIONS: readonly Explanation[] = [
  {
    sign: /libonnxruntime_providers_(\w+)\.so: cannot open/,
    explain: ([, name]) =>
      `ONNX Runtime's libonnxruntime_providers_${name}.so is not part of this archive. Name a folder that has it,` +
      ' of the same version and for the CUDA of this machine, with --ort-libs: onnxruntime-node installed with' +
      ' ONNXRUNTIME_NODE_INSTALL=cuda12 has it',
  },
  {
    sign: /(lib[\w.+-]+\.so[\w.]*): cannot open shared object file/,
    explain: ([, library]) =>
      `${library} is missing: what ONNX Runtime's CUDA libraries were built for (CUDA, cuDNN, TensorRT) must be` +
      ' known to ldconfig or on LD_LIBRARY_PATH',
  },
  {
    sign: /Failed to load library (\S+) with error: (.+)/,
    explain: ([, file, why]) => `${file} does not load: ${why}`,
  },
];

const EXPLANATIONS: Readonly<Record<Provider, readonly Explanation[]>> = {
  webgpu: [
    {
      sign: /Couldn't load Vulkan: (.+)/,
      explain: ([, why]) =>
        `the Vulkan loader does not load (${why}). Install it (Debian, Ubuntu: libvulkan1), or put a` +
        ' libvulkan.so.1 on LD_LIBRARY_PATH',
    },
    {
      sign: /(lib[\w.+-]+\.so[\w.]*): cannot open shared object file/,
      explain: ([, library]) =>
        `the Vulkan driver needs ${library}, which is missing (libX11.so.6: libx11-6, libXext.so.6: libxext6)`,
    },
    {
      sign: /Found no drivers|VK_ERROR_INCOMPATIBLE_DRIVER/,
      explain: () =>
        'no Vulkan driver is found. NVIDIA declares its driver in nvidia_icd.json: set VK_DRIVER_FILES to' +
        ' the path of that file. A container needs NVIDIA_DRIVER_CAPABILITIES=all (graphics, not only compute)',
    },
    {
      sign: /Warning: (.+)\s+- While initializing adapter/,
      explain: ([, why]) =>
        `Vulkan drivers are there, but none is good enough for WebGPU (${why}). Install a newer one, or set` +
        ' VK_DRIVER_FILES to the manifest of another',
    },
    {
      sign: /Failed to get a WebGPU adapter/,
      explain: () =>
        'there is no GPU that WebGPU can use. `vulkaninfo --summary` lists what there is',
    },
  ],
  cuda: CUDA_EXPLANATIONS,
  tensorrt: CUDA_EXPLANATIONS,
  cpu: [],
};

/** How ONNX Runtime says that it cannot even begin; the reason is in what libraries printed. */
const NOT_THERE = /Failed to get a WebGPU adapter|Failed to load shared library/;

/**
 * Why a provider could not be measured and what to do about it; the bare message where nothing is known.
 * @param log what its process printed
 */
export function explainFailure(provider: Provider, message: string, log: string): string {
  if (!NOT_THERE.test(message)) return message;
  const text = `${log}\n${message}`;
  for (const { sign, explain } of EXPLANATIONS[provider]) {
    const match = sign.exec(text);
    if (match) return explain(match);
  }
  return message;
}
