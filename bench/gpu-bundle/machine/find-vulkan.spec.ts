import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findVulkan, type VulkanPlaces } from './find-vulkan.js';

const LOADER = 'libvulkan.so.1 (libc6,x86-64) => /lib/libvulkan.so.1\n';
const DRIVER = 'libEGL_nvidia.so.0 (libc6,x86-64) => /lib/libEGL_nvidia.so.0\n';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sightline-vulkan-'));
  await mkdir(path.join(folder, 'manifests'));
});
afterEach(() => rm(folder, { recursive: true }));

function find(places: Partial<VulkanPlaces>) {
  return findVulkan({
    libraries: LOADER,
    environment: {},
    manifests: [path.join(folder, 'none'), path.join(folder, 'manifests')],
    spareLoader: path.join(folder, 'spare', 'libvulkan.so.1'),
    folder: path.join(folder, 'own'),
    ...places,
  });
}

describe('findVulkan', () => {
  it("selects NVIDIA's driver among others", async () => {
    await writeFile(path.join(folder, 'manifests', 'lvp_icd.json'), '{}');
    await writeFile(path.join(folder, 'manifests', 'nvidia_icd.json'), '{}');
    const VK_DRIVER_FILES = path.join(folder, 'manifests', 'nvidia_icd.json');
    expect(await find({})).toEqual({ environment: { VK_DRIVER_FILES }, notes: [] });
  });

  it('writes a manifest for a driver without one', async () => {
    const { environment, notes } = await find({ libraries: LOADER + DRIVER });
    const manifest = JSON.parse(await readFile(environment.VK_DRIVER_FILES!, 'utf8')) as unknown;
    expect(manifest).toMatchObject({ ICD: { library_path: 'libEGL_nvidia.so.0' } });
    expect(notes).toEqual([expect.stringContaining('libEGL_nvidia.so.0')]);
  });

  it('does not change drivers from the environment', async () => {
    const environment = { VK_DRIVER_FILES: '/mine.json' };
    const setup = await find({ libraries: LOADER + DRIVER, environment });
    expect(setup).toMatchObject({
      environment: {},
      notes: [expect.stringContaining('/mine.json')],
    });
  });

  it('lets the loader choose if there is no NVIDIA driver', async () => {
    expect(await find({})).toEqual({ environment: {}, notes: [] });
  });

  it('uses the loader of the archive if the machine has none', async () => {
    await mkdir(path.join(folder, 'spare'));
    await writeFile(path.join(folder, 'spare', 'libvulkan.so.1'), '');
    const setup = await find({ libraries: '', environment: { LD_LIBRARY_PATH: '/mine' } });
    expect(setup.environment).toEqual({ LD_LIBRARY_PATH: `${path.join(folder, 'spare')}:/mine` });
  });

  it('finds a loader on LD_LIBRARY_PATH', async () => {
    const mine = path.join(folder, 'manifests');
    await writeFile(path.join(mine, 'libvulkan.so.1'), '');
    const setup = await find({ libraries: '', environment: { LD_LIBRARY_PATH: `/other:${mine}` } });
    expect(setup).toEqual({ environment: {}, notes: [] });
  });

  it('reports what to install if there is no loader', async () => {
    const { environment, notes } = await find({ libraries: '' });
    expect(environment).toEqual({});
    expect(notes).toEqual([expect.stringContaining('libvulkan1')]);
  });
});
