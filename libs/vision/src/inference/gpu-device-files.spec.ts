import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { gpuDeviceFiles } from './gpu-device-files.js';

describe('gpuDeviceFiles', () => {
  let dev: string;

  beforeEach(async () => {
    dev = await mkdtemp(path.join(tmpdir(), 'sightline-dev-'));
    for (const name of ['null', 'nvram', 'tty0']) await writeFile(path.join(dev, name), '');
  });
  afterEach(() => rm(dev, { recursive: true }));

  it('finds none where there is none', async () => {
    expect(await gpuDeviceFiles(dev)).toEqual([]);
    expect(await gpuDeviceFiles(path.join(dev, 'missing'))).toEqual([]);
  });

  it('finds those of NVIDIA, of DRM and of WSL', async () => {
    await mkdir(path.join(dev, 'dri'));
    for (const name of ['nvidia0', 'nvidiactl', 'dxg', 'dri/card0', 'dri/renderD128']) {
      await writeFile(path.join(dev, name), '');
    }
    expect((await gpuDeviceFiles(dev)).sort()).toEqual(['dri/renderD128', 'dxg', 'nvidia0']);
  });
});
