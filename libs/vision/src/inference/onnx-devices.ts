/** Devices of ONNX Runtime: which ones to try, and the proof that one really runs a network. */
import { existsSync } from 'node:fs';
import { readdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { type AskedDevice, type Device } from './engine.port.js';

const CPU_PROVIDER = 'CPUExecutionProvider';

/** Execution providers of a session. The runtime adds the CPU for nodes that no other provider supports. */
export const PROVIDER_OPTIONS: Readonly<Record<Device, readonly string[]>> = {
  cpu: ['cpu'],
  cuda: ['cuda'],
  tensorrt: ['tensorrt', 'cuda'],
  webgpu: ['webgpu'],
};

/** Names of the providers in a profile. */
export const PROVIDER_NAMES: Readonly<Record<Device, string>> = {
  cpu: CPU_PROVIDER,
  cuda: 'CUDAExecutionProvider',
  tensorrt: 'TensorrtExecutionProvider',
  webgpu: 'WebGpuExecutionProvider',
};

/** Maximum share of the time of a run on the CPU. Above it, the GPU does not count as running the network. */
const MAX_CPU_SHARE = 0.5;

/** Device files of NVIDIA, AMD compute, render nodes (DRM) and WSL. */
const GPU_DEVICE_FILES = [/^nvidia\d+$/, /^kfd$/, /^dri\/renderD\d+$/, /^dxg$/];

/**
 * Devices to try, best first. `auto` never tries TensorRT, which compiles a network for minutes, nor
 * WebGPU, which accepts any GPU.
 */
export function devicesToTry(asked: AskedDevice, cudaInstalled: boolean): readonly Device[] {
  if (asked === 'auto') return cudaInstalled ? ['cuda', 'cpu'] : ['cpu'];
  if (asked === 'gpu') return cudaInstalled ? ['cuda', 'webgpu'] : ['webgpu'];
  return [asked];
}

/** Whether the CUDA provider is installed. The npm package does not contain it. */
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

/**
 * Determines where a network runs by running it under the runtime's profiler. The options of a session
 * prove nothing, because the runtime computes unsupported nodes on the CPU without an error.
 */
export class DeviceProof {
  private constructor(private readonly folder: string) {}

  static async prepare(): Promise<DeviceProof> {
    return new DeviceProof(await mkdtemp(path.join(tmpdir(), 'sightline-profile-')));
  }

  /** Options for the session to profile. */
  get sessionOptions() {
    return { enableProfiling: true, profileFilePrefix: path.join(this.folder, 'run') };
  }

  /**
   * Call it when the profile of the session is complete.
   * @returns a summary of what ran where, for people
   * @throws Error when `device` does not run the network
   */
  async verify(device: Device): Promise<string> {
    const [file] = await readdir(this.folder);
    if (file === undefined) throw new Error('the runtime wrote no profile');
    const placement = readPlacement(await readFile(path.join(this.folder, file), 'utf8'));
    const found = describe(placement);
    const onDevice = placement.nodesByProvider.get(PROVIDER_NAMES[device]) ?? 0;
    if (onDevice === 0 || placement.cpuShare > MAX_CPU_SHARE) {
      throw new Error(`${device} does not run this network: ${found}`);
    }
    await checkHardware(device);
    return found;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

function describe({ nodes, nodesByProvider, cpuShare }: NodePlacement): string {
  const counts = [...nodesByProvider].map(([provider, count]) => `${count} on ${provider}`);
  return `of ${nodes} nodes ${counts.join(', ')}, ${Math.round(cpuShare * 100)} % of the time on the CPU`;
}

async function checkHardware(device: Device): Promise<void> {
  if (device !== 'webgpu' || process.platform !== 'linux') return;
  if ((await gpuDeviceFiles()).length > 0) return;
  throw new Error(
    'webgpu uses a driver that computes on the CPU: there is no GPU under /dev (nvidia*, dri/renderD*, kfd, dxg)',
  );
}

/**
 * Device files of GPUs under `folder`. Vulkan also has drivers that compute on the CPU, and WebGPU uses
 * such a driver silently when there is no GPU. The device files show the difference.
 */
export async function gpuDeviceFiles(folder = '/dev'): Promise<string[]> {
  const names = [...(await list(folder)), ...(await list(folder, 'dri'))];
  return names.filter((name) => GPU_DEVICE_FILES.some((pattern) => pattern.test(name)));
}

async function list(folder: string, inside = ''): Promise<string[]> {
  const names = await readdir(path.join(folder, inside)).catch(() => []);
  return names.map((name) => path.posix.join(inside, name));
}

/** On which providers the nodes of one run were computed. */
interface NodePlacement {
  readonly nodes: number;
  readonly nodesByProvider: ReadonlyMap<string, number>;
  /** Share of the time of the run that was spent on CPU nodes, 0 to 1. */
  readonly cpuShare: number;
}

/**
 * Reads the last run of a profile. The first run includes compiling kernels.
 * @throws Error when the text is not a profile or contains no run
 */
export function readPlacement(profile: string): NodePlacement {
  const events = z.array(eventSchema).parse(JSON.parse(profile));
  const run = events.findLast(({ cat, name }) => cat === 'Session' && name === 'model_run');
  if (!run) throw new Error('the profile contains no run');
  const nodesByProvider = new Map<string, number>();
  let nodes = 0;
  let cpuTime = 0;
  for (const { ts, dur, args } of events) {
    const provider = args?.provider;
    if (provider === undefined || ts < run.ts || ts > run.ts + run.dur) continue;
    nodes++;
    nodesByProvider.set(provider, (nodesByProvider.get(provider) ?? 0) + 1);
    if (provider === CPU_PROVIDER) cpuTime += dur;
  }
  return { nodes, nodesByProvider, cpuShare: run.dur > 0 ? cpuTime / run.dur : 1 };
}

/** Events of ONNX Runtime's profile. Times are in microseconds; kernel events name their provider. */
const eventSchema = z.object({
  cat: z.string(),
  name: z.string(),
  ts: z.number(),
  dur: z.number(),
  args: z.object({ provider: z.string().optional() }).optional(),
});
