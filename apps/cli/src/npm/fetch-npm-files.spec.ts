import { describe, expect, it } from '@jest/globals';
import { faceplugin } from '../models/packs/faceplugin-package.js';
import { fetchNpmFiles } from './fetch-npm-files.js';

describe('fetchNpmFiles', () => {
  it('fetches entries of a pinned tarball', async () => {
    const files = await fetchNpmFiles(faceplugin.tarball, ['package/LICENSE']);
    expect(files.get('package/LICENSE')?.toString()).toContain('MIT License');
  });

  it('hands out nothing of a tarball with another sha256', async () => {
    const sha256 = '0'.repeat(64);
    await expect(
      fetchNpmFiles({ ...faceplugin.tarball, sha256 }, ['package/LICENSE']),
    ).rejects.toMatchObject({
      code: 'TARBALL_MISMATCH',
      class: 'quarantine',
      details: { expected: sha256, found: faceplugin.tarball.sha256 },
    });
  });

  it('says that a package cannot be had, and that trying again may help', async () => {
    await expect(
      fetchNpmFiles({ ...faceplugin.tarball, version: '99.0.0' }, []),
    ).rejects.toMatchObject({ code: 'TARBALL_UNAVAILABLE', retryable: true });
  });
});
