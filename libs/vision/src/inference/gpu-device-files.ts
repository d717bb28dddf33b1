import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** NVIDIA, AMD compute, any GPU that renders (DRM), WSL. */
const PATTERNS = [/^nvidia\d+$/, /^kfd$/, /^dri\/renderD\d+$/, /^dxg$/];

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
