import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { FolderObjectStore } from '#shared/platform/storage/folder-object-store.js';
import { ImageFiles } from '../../apps/embedder/src/image-files.js';

const MIB = 1024 ** 2;
const LARGE = 64 * MIB;
const COUNT = 24;
const MAIN = path.resolve(import.meta.dirname, '../support/fetch-files.main.js');
const reportSchema = z.object({ sizes: z.array(z.number()), grownBytes: z.number() });

describe('ImageFiles', () => {
  let folder: string;
  let store: FolderObjectStore;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-files-'));
    store = new FolderObjectStore(folder);
    for (let i = 0; i < COUNT; i++) {
      const file = path.join(folder, `large-${i}.jpg`);
      await writeFile(file, '');
      await truncate(file, LARGE);
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function open(memory: number, maxBytes: number) {
    const files = new ImageFiles({ get: () => store }, { memory, maxBytes });
    const { version } = await store.stat('large-0.jpg');
    return { files, image: { store: 'archive', key: 'large-0.jpg', version } };
  }

  it('reads many large files without exceeding its memory limit', async () => {
    const args = [MAIN, folder, String(2 * LARGE), String(100 * MIB)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { sizes, grownBytes } = reportSchema.parse(JSON.parse(stdout));
    expect(sizes).toEqual(Array(COUNT).fill(LARGE));
    // All files together have 1.5 GiB. The limit allows for memory that is not collected yet.
    expect(grownBytes).toBeLessThan(8 * LARGE);
  }, 60_000);

  it('reads a file that is larger than its memory limit while it reads no other', async () => {
    const { files, image } = await open(MIB, LARGE);
    const inProgress = { now: 0, most: 0 };
    const work = () =>
      files.withFile(image, undefined, async ({ length }) => {
        inProgress.most = Math.max(inProgress.most, ++inProgress.now);
        await new Promise((resolve) => setImmediate(resolve));
        inProgress.now--;
        return length;
      });
    expect(await Promise.all([work(), work(), work()])).toEqual([LARGE, LARGE, LARGE]);
    expect(inProgress.most).toBe(1);
  });

  it('refuses a file above the size limit, and frees its memory', async () => {
    const { files, image } = await open(MIB, LARGE - 1);
    const use = () => Promise.resolve('used');
    const refused = { code: 'OBJECT_TOO_LARGE', class: 'quarantine' };
    await expect(files.withFile(image, undefined, use)).rejects.toMatchObject(refused);
    await expect(files.withFile(image, undefined, use)).rejects.toMatchObject(refused);
  });

  it('refuses a file that was replaced after it was listed', async () => {
    const file = path.join(folder, 'replaced.jpg');
    await writeFile(file, 'as it was listed');
    const { version } = await store.stat('replaced.jpg');
    const files = new ImageFiles({ get: () => store }, { memory: MIB, maxBytes: MIB });
    const image = { store: 'archive', key: 'replaced.jpg', version };
    const read = () =>
      files.withFile(image, undefined, (bytes) => Promise.resolve(bytes.toString()));
    expect(await read()).toBe('as it was listed');
    await writeFile(file, 'as it is by now, another picture');
    await expect(read()).rejects.toMatchObject({ code: 'OBJECT_CHANGED', class: 'quarantine' });
  });

  it('refuses a large file that was replaced after it was listed', async () => {
    const { files, image } = await open(MIB, LARGE);
    const other = { ...image, version: `${image.version}-before` };
    await expect(
      files.withFile(other, undefined, ({ length }) => Promise.resolve(length)),
    ).rejects.toMatchObject({ code: 'OBJECT_CHANGED', class: 'quarantine' });
  });
});
