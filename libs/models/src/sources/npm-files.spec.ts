import { describe, expect, it, afterEach, beforeEach } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as tar from 'tar';
import { faceplugin } from '../published/default-packs.js';
import { fetchNpmFiles, readTarballEntries } from './npm-files.js';

describe('fetchNpmFiles', () => {
  it('downloads entries of a pinned tarball', async () => {
    const files = await fetchNpmFiles(faceplugin.tarball, ['package/LICENSE']);
    expect(files.get('package/LICENSE')?.toString()).toContain('MIT License');
  });

  it('rejects a tarball with another sha256', async () => {
    const sha256 = '0'.repeat(64);
    await expect(
      fetchNpmFiles({ ...faceplugin.tarball, sha256 }, ['package/LICENSE']),
    ).rejects.toMatchObject({
      code: 'TARBALL_MISMATCH',
      class: 'quarantine',
      details: { expected: sha256, found: faceplugin.tarball.sha256 },
    });
  });

  it('reports a package that cannot be downloaded, as an error to retry', async () => {
    await expect(
      fetchNpmFiles({ ...faceplugin.tarball, version: '99.0.0' }, []),
    ).rejects.toMatchObject({ code: 'TARBALL_UNAVAILABLE', retryable: true });
  });
});

describe('readTarballEntries', () => {
  let folder: string;
  let tarball: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-tarball-'));
    tarball = path.join(folder, 'package.tgz');
    await mkdir(path.join(folder, 'inner/package'), { recursive: true });
    await writeFile(path.join(folder, 'inner/package/a.txt'), 'the letter a');
    await writeFile(path.join(folder, 'inner/package/b.txt'), 'the letter b');
    await writeFile(path.join(folder, 'escaped.txt'), 'from outside');
    await symlink('/etc/passwd', path.join(folder, 'inner/package/link.txt'));
    await tar.create(
      { file: tarball, gzip: true, cwd: path.join(folder, 'inner'), preservePaths: true },
      ['package', '../escaped.txt'],
    );
    await rm(path.join(folder, 'escaped.txt'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('returns only the requested entries', async () => {
    const entries = await readTarballEntries(tarball, ['package/a.txt']);
    expect([...entries].map(([name, bytes]) => [name, bytes.toString()])).toEqual([
      ['package/a.txt', 'the letter a'],
    ]);
  });

  it('writes nothing to disk, even for an entry whose path leaves the folder', async () => {
    const entries = await readTarballEntries(tarball, ['../escaped.txt']);
    expect(entries.get('../escaped.txt')?.toString()).toBe('from outside');
    expect(existsSync(path.join(folder, 'escaped.txt'))).toBe(false);
  });

  it('names every missing entry', async () => {
    await expect(
      readTarballEntries(tarball, ['package/a.txt', 'package/c.txt', 'package/d.txt']),
    ).rejects.toMatchObject({
      code: 'TARBALL_ENTRY_MISSING',
      details: { missing: ['package/c.txt', 'package/d.txt'] },
    });
  });

  it('does not follow a link', async () => {
    await expect(readTarballEntries(tarball, ['package/link.txt'])).rejects.toMatchObject({
      code: 'TARBALL_ENTRY_MISSING',
    });
  });
});
