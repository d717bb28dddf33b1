import { existsSync } from 'node:fs';
import { readdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { type AskedDevice, type Device } from './engine.port.js';

const CPU_PROVIDER = 'CPUExecutionProvider';

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

/** Above this share of a run's time on the CPU, the GPU is not what runs the network. */
const MOST_CPU_SHARE = 0.5;

/** NVIDIA, AMD compute, any GPU that renders (DRM), WSL. */
const PATTERNS = [/^nvidia\d+$/, /^kfd$/, /^dri\/renderD\d+$/, /^dxg$/];

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

/**
 * Finds out where a network runs by running it under the runtime's profiler: the option with which a
 * session was opened proves nothing, for the runtime computes on the CPU what a provider does not take.
 */
export class DeviceProof {
  private constructor(private readonly folder: string) {}

  static async prepare(): Promise<DeviceProof> {
    return new DeviceProof(await mkdtemp(path.join(tmpdir(), 'sightline-profile-')));
  }

  /** For the session that is to be profiled. */
  get sessionOptions() {
    return { enableProfiling: true, profileFilePrefix: path.join(this.folder, 'run') };
  }

  /**
   * Call once the session's profile is complete.
   * @returns what ran where, for people
   * @throws Error when `device` is not what runs the network
   */
  async verify(device: Device): Promise<string> {
    const [file] = await readdir(this.folder);
    if (file === undefined) throw new Error('the runtime wrote no profile');
    const placement = readPlacement(await readFile(path.join(this.folder, file), 'utf8'));
    const found = describe(placement);
    const onDevice = placement.nodesByProvider.get(PROVIDER_NAMES[device]) ?? 0;
    if (onDevice === 0 || placement.cpuShare > MOST_CPU_SHARE) {
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
    'webgpu runs on a driver that computes on the CPU: there is no GPU under /dev (nvidia*, dri/renderD*, kfd, dxg)',
  );
}

/**
 * The device files of GPUs under `folder`. Vulkan also offers drivers that compute on the CPU, and
 * WebGPU takes one without a word when there is nothing else: this tells the difference.
 */
export async function gpuDeviceFiles(folder = '/dev'): Promise<string[]> {
  const names = [...(await list(folder)), ...(await list(folder, 'dri'))];
  return names.filter((name) => PATTERNS.some((pattern) => pattern.test(name)));
}

async function list(folder: string, inside = ''): Promise<string[]> {
  const names = await readdir(path.join(folder, inside)).catch(() => []);
  return names.map((name) => path.posix.join(inside, name));
}

/** Where the nodes of one run of a network were computed. */
interface NodePlacement {
  readonly nodes: number;
  readonly nodesByProvider: ReadonlyMap<string, number>;
  /** Share of the run's time that nodes on the CPU took, 0 to 1. */
  readonly cpuShare: number;
}

/**
 * Reads the last run of a profile: the first pays for compiling kernels.
 * @throws Error when the text is no profile or holds no run
 */
export function readPlacement(profile: string): NodePlacement {
  const events = z.array(eventSchema).parse(JSON.parse(profile));
  const run = events.findLast(({ cat, name }) => cat === 'Session' && name === 'model_run');
  if (!run) throw new Error('the profile holds no run');
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

/** Events of ONNX Runtime's profile; times in microseconds. Each kernel says which provider ran it. */
const eventSchema = z.object({
  cat: z.string(),
  name: z.string(),
  ts: z.number(),
  dur: z.number(),
  args: z.object({ provider: z.string().optional() }).optional(),
});
