import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { FolderObjectStore } from '#shared/platform/storage/folder-object-store.js';
import { snapshotKey } from '#shared/platform/storage/object-names.js';
import { ExpiredSnapshots } from './expired.js';

const LOCKED = snapshotKey('default', 'door', 'locked');

/** Refuses to delete one object, like a bucket with an object lock. */
class LockedStore extends FolderObjectStore {
  override async delete(key: string): Promise<void> {
    if (key !== LOCKED) return super.delete(key);
    throw new PipelineError('STORE_ACCESS_DENIED', 'the object is locked', {
      stage: 'fetch',
      class: 'quarantine',
    });
  }
}

describe('ExpiredSnapshots', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(`${tmpdir()}/sightline-snapshots-`);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('deletes all snapshots except a locked one, and reports the reason', async () => {
    const uploads = new LockedStore(folder);
    const keys = [LOCKED, ...['a', 'b', 'z'].map((hash) => snapshotKey('default', 'door', hash))];
    for (const key of keys) await uploads.put(key, Buffer.from(key));
    const request = { before: Date.now() + 1_000, dryRun: false, ofCameras: false };
    expect(await new ExpiredSnapshots(uploads).step('default', request)).toEqual({
      count: 3,
      cursor: null,
      failed: 1,
      problem: { code: 'STORE_ACCESS_DENIED', message: 'the object is locked' },
    });
    const { objects } = await uploads.list('', { limit: 10 });
    expect(objects.map(({ key }) => key)).toEqual([LOCKED]);
  });
});
