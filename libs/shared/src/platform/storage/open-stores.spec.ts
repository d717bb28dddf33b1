import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AddressPolicy } from '../net/address-policy.js';
import { FolderObjectStore } from './folder-object-store.js';
import { openStores } from './open-stores.js';
import { S3ObjectStore } from './s3-object-store.js';

describe('openStores', () => {
  const stores = openStores(
    new Map([
      ['uploads', new URL('file:///srv/up%20loads')],
      ['archive', new URL('s3://photos/2024?region=eu-west-1')],
    ]),
    new AddressPolicy([]),
  );

  it('chooses the adapter by the URL', () => {
    expect(stores.get('uploads')).toBeInstanceOf(FolderObjectStore);
    expect(stores.get('archive')).toBeInstanceOf(S3ObjectStore);
  });

  it('lists the known stores when one is unknown', () => {
    expect(() => stores.get('photos')).toThrow(
      expect.objectContaining({
        code: 'STORE_UNKNOWN',
        httpStatus: 404,
        message: 'there is no store photos; STORES names uploads, archive',
      }),
    );
  });

  describe('with STORES_FILE', () => {
    let folder: string;
    let file: string;

    beforeEach(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'sightline-stores-file-'));
      file = path.join(folder, 'stores.json');
    });

    afterEach(() => rm(folder, { recursive: true }));

    const open = () => {
      const uploads = new Map([['uploads', new URL('file:///srv/uploads')]]);
      return openStores(uploads, new AddressPolicy([]), file);
    };

    it('knows a store that was added while the service runs', async () => {
      const opened = open();
      expect(() => opened.get('photos')).toThrow(/no store photos/);
      await writeFile(file, JSON.stringify({ photos: 'file:///srv/photos' }));
      const store = opened.get('photos');
      expect(store).toBeInstanceOf(FolderObjectStore);
      expect(opened.get('photos')).toBe(store);
      expect(opened.names).toEqual(['uploads', 'photos']);
    });

    it.each(['not JSON', '{"photos":"http://example.org"}', '{"photos":"file://host/photos"}'])(
      'adds no store of the file %s',
      async (text) => {
        await writeFile(file, text);
        expect(() => open().get('photos')).toThrow(/no store photos/);
      },
    );
  });
});
