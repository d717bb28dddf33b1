import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareDataFolder } from './data-folder.js';

describe('prepareDataFolder', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-folder-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('creates the folder and leaves nothing in it', async () => {
    const dataDir = path.join(folder, 'new', 'data');
    await prepareDataFolder(dataDir);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('refuses a file, and a folder below a file', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, 'kept');
    for (const place of [file, path.join(file, 'data')]) {
      await expect(prepareDataFolder(place)).rejects.toMatchObject({
        code: 'DATA_DIR_UNUSABLE',
        message: expect.stringContaining('SIGHTLINE_DATA_DIR'),
      });
    }
  });

  it('refuses a folder that cannot be written', async () => {
    // The system refuses it to every user.
    await expect(prepareDataFolder('/sys/kernel')).rejects.toMatchObject({
      code: 'DATA_DIR_UNUSABLE',
    });
  });
});
