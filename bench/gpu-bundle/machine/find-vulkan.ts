import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Where the machine keeps what WebGPU needs. */
export interface VulkanPlaces {
  /** What `ldconfig -p` prints. */
  readonly libraries: string;
  /** The process's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folders of driver manifests. */
  readonly manifests: readonly string[];
  /** A loader to use where the machine has none. */
  readonly spareLoader: string;
  /** For a manifest of our own. */
  readonly folder: string;
}

export interface VulkanSetup {
  /** Additions to the environment of the process that uses Vulkan. */
  readonly environment: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

const LOADER = 'libvulkan.so.1';
/** Either is the whole driver; the second is there on machines without a display. */
const NVIDIA_LIBRARIES = ['libGLX_nvidia.so.0', 'libEGL_nvidia.so.0'];

export const MANIFEST_FOLDERS = [
  '/etc/vulkan/icd.d',
  '/usr/share/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  // Where container platforms mount a host's driver; the loader does not look there.
  '/usr/local/nvidia/share/vulkan/icd.d',
];

/**
 * Leads ONNX Runtime to a Vulkan loader and to NVIDIA's driver, so that a software driver beside it is
 * not taken. VK_DRIVER_FILES of the caller goes before.
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
    const note = `there is no Vulkan loader (${LOADER}): install it (Debian, Ubuntu: libvulkan1)`;
    return { environment: {}, notes: [note] };
  }
  return {
    environment: { LD_LIBRARY_PATH: [path.dirname(spareLoader), ...folders].join(':') },
    notes: [`this machine has no ${LOADER}; the one of this archive is used`],
  };
}

async function findDriver(places: VulkanPlaces): Promise<VulkanSetup> {
  const { environment, manifests, libraries, folder } = places;
  const named = environment.VK_DRIVER_FILES ?? environment.VK_ICD_FILENAMES;
  if (named)
    return { environment: {}, notes: [`Vulkan drivers as the environment says: ${named}`] };
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
    `no driver manifest names ${library}; one was written for this run`,
  ]);
}

function driverSetup(manifest: string, notes: readonly string[]): VulkanSetup {
  return { environment: { VK_DRIVER_FILES: manifest }, notes };
}
