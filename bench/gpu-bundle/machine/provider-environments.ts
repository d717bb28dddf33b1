import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Options, type Provider } from '../options.js';
import { findVulkan, MANIFEST_FOLDERS } from './find-vulkan.js';
import { layOutLibraries } from './provider-libraries.js';

type Environment = Readonly<Record<string, string>>;

/** Of the unpacked archive: this file is in its dist/bench/gpu-bundle/machine. */
const SPARE_LOADER = path.resolve(import.meta.dirname, '../../../../vulkan/libvulkan.so.1');

/**
 * What each provider's process needs in its environment beyond ours, and what the reader should know of it.
 * Drivers keep what they compile in `folder`, not at home.
 */
export async function providerEnvironments(
  { providers, ortLibs }: Options,
  folder: string,
): Promise<{ environments: Record<Provider, Environment>; notes: readonly string[] }> {
  const vulkan = await findVulkan({
    libraries: await knownLibraries(),
    environment: process.env,
    manifests: MANIFEST_FOLDERS,
    spareLoader: SPARE_LOADER,
    folder: path.join(folder, 'vulkan'),
  });
  const cuda = {
    CUDA_CACHE_PATH: folder,
    ...(ortLibs !== undefined && (await withLibraries(ortLibs, path.join(folder, 'libraries')))),
  };
  const webgpu = {
    ...vulkan.environment,
    // The loader then tells which device it opens.
    VK_LOADER_DEBUG: 'error,warn,driver',
    __GL_SHADER_DISK_CACHE_PATH: folder,
    MESA_SHADER_CACHE_DIR: folder,
  };
  return {
    environments: { webgpu, cuda, tensorrt: cuda, cpu: {} },
    notes: providers.includes('webgpu') ? vulkan.notes : [],
  };
}

async function withLibraries(source: string, folder: string): Promise<Environment> {
  await mkdir(folder);
  await layOutLibraries(source, folder);
  const rest = process.env.LD_LIBRARY_PATH;
  return { LD_LIBRARY_PATH: rest ? `${folder}:${rest}` : folder };
}

/** What the dynamic linker knows; ldconfig is not on the PATH of every user. */
async function knownLibraries(): Promise<string> {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/sbin:/usr/sbin` };
  const run = promisify(execFile)('ldconfig', ['-p'], { env });
  return run.then(({ stdout }) => stdout).catch(() => '');
}
