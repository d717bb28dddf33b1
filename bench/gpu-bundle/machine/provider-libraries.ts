import { readdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { usageError } from '#shared/contracts/pipeline-error.js';

const RUNTIME = 'libonnxruntime.so.1';

/** Folder of ONNX Runtime's own libraries in onnxruntime-node. */
export const RUNTIME_FOLDER = path.resolve(
  path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node')),
  '../bin/napi-v6/linux/x64',
);

/**
 * ONNX Runtime looks for CUDA and TensorRT beside its own library. This lays a folder out in which they
 * are: first on LD_LIBRARY_PATH, it is where the runtime is loaded from.
 * @param source folder with libonnxruntime_providers_*.so of the same version
 * @throws PipelineError GPU_BENCH_LIBRARIES
 */
export async function layOutLibraries(source: string, folder: string): Promise<void> {
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
