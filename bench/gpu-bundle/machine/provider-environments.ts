import { execFile } from 'node:child_process';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { type Options, type Provider } from '../options.js';
import { findVulkan, MANIFEST_FOLDERS } from './find-vulkan.js';

type Environment = Readonly<Record<string, string>>;

/** The loader in the archive. This file is in dist/bench/gpu-bundle/machine. */
const SPARE_LOADER = path.resolve(import.meta.dirname, '../../../../vulkan/libvulkan.so.1');

/**
 * Additional environment variables for the process of each provider, and notes for the report. Drivers keep their
 * caches in `folder` instead of the home folder.
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
    // Makes the loader print which device it opens.
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

/** Libraries that the dynamic linker finds. ldconfig is not on the PATH of every user. */
async function knownLibraries(): Promise<string> {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/sbin:/usr/sbin` };
  const run = promisify(execFile)('ldconfig', ['-p'], { env });
  return run.then(({ stdout }) => stdout).catch(() => '');
}

const RUNTIME = 'libonnxruntime.so.1';

/** Folder of ONNX Runtime's own libraries in onnxruntime-node. */
const RUNTIME_FOLDER = path.resolve(
  path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node')),
  '../bin/napi-v6/linux/x64',
);

/**
 * ONNX Runtime searches the CUDA and TensorRT providers in the folder of its own library. This function fills a folder
 * with links to all of them. The folder comes first on LD_LIBRARY_PATH, so the runtime is loaded from there.
 * @param source folder with libonnxruntime_providers_*.so of the same version
 * @throws PipelineError GPU_BENCH_LIBRARIES
 */
async function layOutLibraries(source: string, folder: string): Promise<void> {
  const names = await readdir(source).catch(() => []);
  const providers = names.filter((name) => /^libonnxruntime_providers_.*\.so$/.test(name));
  if (providers.length === 0) {
    throw usageError(
      'GPU_BENCH_LIBRARIES',
      `there is no libonnxruntime_providers_*.so in ${source} (--ort-libs)`,
    );
  }
  await symlink(path.join(RUNTIME_FOLDER, RUNTIME), path.join(folder, RUNTIME));
  for (const name of providers) {
    await symlink(path.resolve(source, name), path.join(folder, name));
  }
}
