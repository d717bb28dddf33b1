import { describe, expect, it } from '@jest/globals';
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
});
