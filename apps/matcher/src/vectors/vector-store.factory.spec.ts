import { expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { vectorStoreConfigShape } from './vector-store.config.js';
import { createVectorStore } from './vector-store.factory.js';

it('stores each model space in its own folder when QDRANT_URL is not set', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'sightline-vectors-'));
  try {
    const settings = loadConfig(z.object(vectorStoreConfigShape), { VECTORS_DIR: root });
    for (const space of ['a.b@1+c', 'a-b@1+c']) {
      const store = createVectorStore(settings, space, 8);
      await store.open();
      await store.close();
    }
    const folders = await readdir(root);
    expect(folders).toHaveLength(2);
    expect(folders.every((folder) => /^a-b-1-c-[0-9a-f]{8}$/.test(folder))).toBe(true);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
