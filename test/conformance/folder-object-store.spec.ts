import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { FolderObjectStore } from '#shared/storage/folder-object-store.js';
import { describeObjectStore } from './object-store.conformance.js';

const base = await realpath(await mkdtemp(path.join(tmpdir(), 'sightline-folders-')));

afterAll(() => rm(base, { recursive: true, force: true }));

function newFolder(): Promise<string> {
  return mkdtemp(path.join(base, 'store-'));
}

describeObjectStore('FolderObjectStore', async () => new FolderObjectStore(await newFolder()));

describe('FolderObjectStore on a disk', () => {
  async function listKeys(store: FolderObjectStore, prefix = ''): Promise<string[]> {
    return (await store.list(prefix, { limit: 1000 })).objects.map(({ key }) => key);
  }

  it.each([
    '../secret.jpg',
    'a/../../secret.jpg',
    '/etc/passwd',
    'a//b',
    'a/./b',
    'a/',
    'nul\0.jpg',
  ])('refuses the key %j', async (key) => {
    const store = new FolderObjectStore(await newFolder());
    const invalid = { code: 'OBJECT_KEY_INVALID' };
    await expect(store.get(key, { maxBytes: 1000 })).rejects.toMatchObject(invalid);
    await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject(invalid);
    await expect(store.delete(key)).rejects.toMatchObject(invalid);
  });

  it.each(['../', '/etc', '..', 'a/../b', 'a//'])('refuses the prefix %j', async (prefix) => {
    const store = new FolderObjectStore(await newFolder());
    await expect(store.list(prefix, { limit: 1 })).rejects.toMatchObject({
      code: 'OBJECT_KEY_INVALID',
    });
  });

  it('follows a link to a file inside, and none that leads outside', async () => {
    const root = await newFolder();
    const outside = await newFolder();
    await writeFile(path.join(outside, 'secret.jpg'), 'secret');
    await writeFile(path.join(root, 'inside.jpg'), 'inside');
    await symlink('inside.jpg', path.join(root, 'link.jpg'));
    await symlink(path.join(outside, 'secret.jpg'), path.join(root, 'out.jpg'));
    await symlink(outside, path.join(root, 'out'));
    await symlink('nowhere', path.join(root, 'dangling.jpg'));
    await symlink('.', path.join(root, 'circle'));
    const store = new FolderObjectStore(root);
    expect(await listKeys(store)).toEqual(['inside.jpg', 'link.jpg']);
    expect((await store.get('link.jpg', { maxBytes: 100 })).toString()).toBe('inside');
    const invalid = { code: 'OBJECT_KEY_INVALID' };
    for (const key of ['out.jpg', 'out/secret.jpg']) {
      await expect(store.get(key, { maxBytes: 100 })).rejects.toMatchObject(invalid);
      await expect(store.stat(key)).rejects.toMatchObject(invalid);
    }
    await expect(store.put('out/new.jpg', Buffer.from('x'))).rejects.toMatchObject(invalid);
    await expect(store.put('out/deep/new.jpg', Buffer.from('x'))).rejects.toMatchObject(invalid);
    await expect(store.delete('out/secret.jpg')).rejects.toMatchObject(invalid);
    expect(await readdir(outside)).toEqual(['secret.jpg']);
  });

  it('deletes a link and leaves what it names', async () => {
    const root = await newFolder();
    await writeFile(path.join(root, 'kept.jpg'), 'kept');
    await symlink('kept.jpg', path.join(root, 'link.jpg'));
    await new FolderObjectStore(root).delete('link.jpg');
    expect(await readdir(root)).toEqual(['kept.jpg']);
  });

  it('takes a pipe and a folder for no objects', async () => {
    const root = await newFolder();
    await promisify(execFile)('mkfifo', [path.join(root, 'pipe.jpg')]);
    await mkdir(path.join(root, 'folder.jpg'));
    const store = new FolderObjectStore(root);
    expect(await listKeys(store)).toEqual([]);
    for (const key of ['pipe.jpg', 'folder.jpg']) {
      await expect(store.get(key, { maxBytes: 100 })).rejects.toMatchObject({
        code: 'OBJECT_NOT_FOUND',
      });
    }
  });

  it('lists the rest of a folder that holds a name that is not UTF-8', async () => {
    const root = await newFolder();
    await writeFile(path.join(root, 'good.jpg'), 'x');
    await writeFile(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff, 0xfe])]), 'x');
    expect(await listKeys(new FolderObjectStore(root))).toEqual(['good.jpg']);
  });

  it('leaves nothing but the objects behind, and lists no unfinished one', async () => {
    const root = await newFolder();
    const store = new FolderObjectStore(root);
    await store.put('a.jpg', Buffer.from('a'));
    await store.put('a.jpg', Buffer.from('b'));
    expect(await readdir(root)).toEqual(['a.jpg']);
    await writeFile(path.join(root, '.sightline-put-crashed'), 'half');
    expect(await listKeys(store)).toEqual(['a.jpg']);
  });

  it('goes on from a cursor in another process', async () => {
    const root = await newFolder();
    for (const key of ['a.jpg', 'b.jpg', 'c.jpg']) await writeFile(path.join(root, key), key);
    const { cursor } = await new FolderObjectStore(root).list('', { limit: 2 });
    const rest = await new FolderObjectStore(root).list('', { limit: 2, cursor: cursor! });
    expect(rest.objects.map(({ key }) => key)).toEqual(['c.jpg']);
  });

  it('waits for a folder that is not mounted instead of losing its objects', async () => {
    const store = new FolderObjectStore(path.join(base, 'not-there'));
    const away = { code: 'STORE_UNAVAILABLE', class: 'wait' };
    await expect(store.check()).rejects.toMatchObject(away);
    await expect(store.list('', { limit: 1 })).rejects.toMatchObject(away);
    await expect(store.get('a.jpg', { maxBytes: 1 })).rejects.toMatchObject(away);
    await expect(store.put('a.jpg', Buffer.from('x'))).rejects.toMatchObject(away);
  });
});
