import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Device } from './engine.port.js';
import { gpuDeviceFiles } from './gpu-device-files.js';
import { PROVIDER_NAMES } from './onnx-devices.js';
import { type NodePlacement, readPlacement } from './onnx-profile.js';

/** Above this share of a run's time on the CPU, the GPU is not what runs the network. */
const MOST_CPU_SHARE = 0.5;

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
