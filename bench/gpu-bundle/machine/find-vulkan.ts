import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Locations of the files that WebGPU needs. */
export interface VulkanPlaces {
  /** Output of `ldconfig -p`. */
  readonly libraries: string;
  /** The process's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folders of driver manifests. */
  readonly manifests: readonly string[];
  /** A Vulkan loader for machines without one. */
  readonly spareLoader: string;
  /** Folder for a driver manifest that is written here. */
  readonly folder: string;
}

export interface VulkanSetup {
  /** Additions to the environment of the process that uses Vulkan. */
  readonly environment: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

const LOADER = 'libvulkan.so.1';
/** Each is the complete driver. Machines without a display have the second one. */
const NVIDIA_LIBRARIES = ['libGLX_nvidia.so.0', 'libEGL_nvidia.so.0'];

export const MANIFEST_FOLDERS = [
  '/etc/vulkan/icd.d',
  '/usr/share/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  // Container platforms mount the driver of the host here, where the loader does not search.
  '/usr/local/nvidia/share/vulkan/icd.d',
];

/**
 * Makes ONNX Runtime use a Vulkan loader and NVIDIA's driver instead of a software driver. VK_DRIVER_FILES of the
 * caller has priority.
 */
export async function findVulkan(places: VulkanPlaces): Promise<VulkanSetup> {
  const loader = findLoader(places);
  const driver = await findDriver(places);
  return {
    environment: { ...loader.environment, ...driver.environment },
    notes: [...loader.notes, ...driver.notes],
  };
}

function findLoader({ libraries, environment, spareLoader }: VulkanPlaces): VulkanSetup {
  const folders = (environment.LD_LIBRARY_PATH ?? '').split(':').filter((folder) => folder !== '');
  const isThere = folders.some((folder) => existsSync(path.join(folder, LOADER)));
  if (isThere || libraries.includes(LOADER)) return { environment: {}, notes: [] };
  if (!existsSync(spareLoader)) {
    const note = `the Vulkan loader (${LOADER}) is not installed (Debian, Ubuntu: libvulkan1)`;
    return { environment: {}, notes: [note] };
  }
  return {
    environment: { LD_LIBRARY_PATH: [path.dirname(spareLoader), ...folders].join(':') },
    notes: [`this machine has no ${LOADER}; the one in this archive is used`],
  };
}

async function findDriver(places: VulkanPlaces): Promise<VulkanSetup> {
  const { environment, manifests, libraries, folder } = places;
  const named = environment.VK_DRIVER_FILES ?? environment.VK_ICD_FILENAMES;
  if (named) return { environment: {}, notes: [`Vulkan drivers from the environment: ${named}`] };
  for (const manifestFolder of manifests) {
    const names = await readdir(manifestFolder).catch(() => []);
    const name = names.find((file) => /nvidia.*\.json$/.test(file));
    if (name) return driverSetup(path.join(manifestFolder, name), []);
  }
  const library = NVIDIA_LIBRARIES.find((file) => libraries.includes(file));
  if (!library) return { environment: {}, notes: [] };
  const manifest = path.join(folder, 'nvidia_icd.json');
  await mkdir(folder, { recursive: true });
  const icd = { library_path: library, api_version: '1.3.0' };
  await writeFile(manifest, JSON.stringify({ file_format_version: '1.0.1', ICD: icd }));
  return driverSetup(manifest, [
    `there is no driver manifest for ${library}; one was written for this run`,
  ]);
}

function driverSetup(manifest: string, notes: readonly string[]): VulkanSetup {
  return { environment: { VK_DRIVER_FILES: manifest }, notes };
}
