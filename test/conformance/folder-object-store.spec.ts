import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FolderObjectStore } from '#shared/platform/storage/folder-object-store.js';
import { FolderWalk } from '#shared/platform/storage/folder-walk.js';
import { type ObjectPage } from '#shared/platform/storage/object-store.port.js';
import { describeObjectStore } from './object-store.conformance.js';

const SWAPPER = fileURLToPath(new URL('../support/swap-links.main.js', import.meta.url));

const base = await realpath(await mkdtemp(path.join(tmpdir(), 'sightline-folders-')));

afterAll(() => rm(base, { recursive: true, force: true }));

/** Runs `work` as a user whom permissions concern: root may read everything. */
async function asOrdinaryUser(work: () => Promise<void>): Promise<void> {
  const NOBODY = 65_534;
  const isRoot = process.getuid!() === 0;
  if (isRoot) {
    for (const folder of [base, ...(await readdir(base)).map((name) => path.join(base, name))]) {
      await chmod(folder, 0o755);
    }
    process.seteuid!(NOBODY);
  }
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}

function newFolder(): Promise<string> {
  return mkdtemp(path.join(base, 'store-'));
}

describeObjectStore('FolderObjectStore', async () => new FolderObjectStore(await newFolder()));

describe('FolderObjectStore on a disk', () => {
  async function listKeys(store: FolderObjectStore, prefix = ''): Promise<string[]> {
    return (await store.list(prefix, { limit: 1000 })).objects.map(({ key }) => key);
  }

  /** Everything, in pages of `limit`: the reason of what is skipped, by key. */
  async function listReasons(store: FolderObjectStore, limit: number) {
    const found: [key: string, reason: string | null][] = [];
    let cursor: string | null = null;
    do {
      const page: ObjectPage = await store.list('', {
        limit,
        ...(cursor !== null && { cursor }),
      });
      expect(page.objects.length + page.skipped.length).toBeLessThanOrEqual(limit);
      found.push(...page.objects.map(({ key }) => [key, null] as [string, null]));
      found.push(...page.skipped.map(({ key, reason }) => [key, reason] as [string, string]));
      ({ cursor } = page);
    } while (cursor !== null);
    return found.sort(([a], [b]) => (a < b ? -1 : 1));
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

  it('follows links to files inside its folder, but not links that lead outside', async () => {
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

  it('deletes a link but not its target', async () => {
    const root = await newFolder();
    await writeFile(path.join(root, 'kept.jpg'), 'kept');
    await symlink('kept.jpg', path.join(root, 'link.jpg'));
    await new FolderObjectStore(root).delete('link.jpg');
    expect(await readdir(root)).toEqual(['kept.jpg']);
  });

  it('does not treat pipes and folders as objects', async () => {
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

  it('never leaves its folder while another process swaps a folder and a link to the outside', async () => {
    const root = await newFolder();
    const outside = await newFolder();
    await writeFile(path.join(outside, 'a.jpg'), 'secret of another length');
    const swapper = spawn(process.execPath, [SWAPPER, root, outside], { stdio: 'inherit' });
    const store = new FolderObjectStore(root);
    const seen = new Set<string>();
    const note = (value: string) => void seen.add(value);
    // Without the check against the open folder, about one get in twenty returned the secret.
    for (let i = 0; i < 1_000; i++) {
      await Promise.allSettled([
        store.get('door/a.jpg', { maxBytes: 100 }).then((bytes) => note(bytes.toString())),
        store.stat('door/a.jpg').then(({ size }) => note(`size ${size}`)),
      ]);
    }
    for (let i = 0; i < 500; i++) {
      await Promise.allSettled([
        store.put('door/new.jpg', Buffer.from(String(i))),
        store.delete('door/a.jpg'),
      ]);
    }
    swapper.kill('SIGKILL');
    await once(swapper, 'exit');
    expect(await readdir(outside)).toEqual(['a.jpg']);
    expect([...seen].sort()).toEqual(['inside', 'size 6']);
  });

  it('opens no devices and no files of /proc', async () => {
    const root = await newFolder();
    const store = new FolderObjectStore(root);
    for (const target of ['/dev/zero', '/dev/stdin', '/proc/self/environ', '/proc/self/root/etc']) {
      await symlink(target, path.join(root, 'link.jpg'));
      await expect(store.get('link.jpg', { maxBytes: 100 })).rejects.toMatchObject({
        class: 'quarantine',
      });
      expect(await listKeys(store)).toEqual([]);
      await store.delete('link.jpg');
    }
    await expect(
      new FolderObjectStore('/dev').get('zero', { maxBytes: 100 }),
    ).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  });

  it('refuses a huge sparse file because of its size', async () => {
    const root = await newFolder();
    const file = path.join(root, 'sparse.jpg');
    await writeFile(file, '');
    await truncate(file, 2 ** 40);
    await expect(
      new FolderObjectStore(root).get('sparse.jpg', { maxBytes: 1_000_000 }),
    ).rejects.toMatchObject({ code: 'OBJECT_TOO_LARGE' });
  });

  it.each(['%2e%2e/secret.jpg', '..%2fsecret.jpg', '..\\secret.jpg', '\uff0e\uff0e/secret.jpg'])(
    'treats %j as a plain name',
    async (key) => {
      const outer = await newFolder();
      await writeFile(path.join(outer, 'secret.jpg'), 'secret');
      await mkdir(path.join(outer, 'root'));
      const store = new FolderObjectStore(path.join(outer, 'root'));
      await expect(store.get(key, { maxBytes: 100 })).rejects.toMatchObject({
        code: 'OBJECT_NOT_FOUND',
      });
      await store.put(key, Buffer.from('mine'));
      expect(await listKeys(store)).toEqual([key]);
      expect(await readdir(outer)).toEqual(['root', 'secret.jpg']);
    },
  );

  it('skips names that are not UTF-8, and lists the other objects', async () => {
    const root = await newFolder();
    await writeFile(path.join(root, 'good.jpg'), 'x');
    await writeFile(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff, 0xfe])]), 'x');
    expect(await listKeys(new FolderObjectStore(root))).toEqual(['good.jpg']);
  });

  it('gives the reason for each entry that is no object, once, whatever the page size', async () => {
    const root = await newFolder();
    const outside = await newFolder();
    await writeFile(path.join(outside, 'secret.jpg'), 'secret');
    await writeFile(path.join(root, 'good.jpg'), 'good');
    // The name that stands for the bytes of another one.
    await writeFile(path.join(root, 'bad-\\xff.jpg'), 'good');
    const bytes = (name: string) => Buffer.from(`${root}/${name}`, 'latin1');
    await writeFile(bytes('bad-\xff.jpg'), 'bad');
    await mkdir(bytes('folder-\xfe'));
    await writeFile(bytes('folder-\xfe/a.jpg'), 'bad');
    await symlink('good.jpg', path.join(root, 'link.jpg'));
    await symlink('.', path.join(root, 'circle'));
    await symlink(outside, path.join(root, 'elsewhere'));
    await symlink(path.join(outside, 'secret.jpg'), path.join(root, 'out.jpg'));
    await symlink('nowhere.jpg', path.join(root, 'dangling.jpg'));
    await symlink('loop.jpg', path.join(root, 'loop.jpg'));
    await promisify(execFile)('mkfifo', [path.join(root, 'pipe.jpg')]);
    await symlink('pipe.jpg', path.join(root, 'to-pipe.jpg'));
    await mkdir(path.join(root, 'open'));
    await writeFile(path.join(root, 'open/a.jpg'), 'a');
    const expected = [
      ['bad-\\xff.jpg', 'name-not-utf8'],
      ['bad-\\xff.jpg', null],
      ['circle', 'link-to-folder'],
      ['dangling.jpg', 'broken-link'],
      ['elsewhere', 'link-to-folder'],
      ['folder-\\xfe', 'name-not-utf8'],
      ['good.jpg', null],
      ['link.jpg', null],
      ['loop.jpg', 'broken-link'],
      ['open/a.jpg', null],
      ['out.jpg', 'link-outside'],
      ['pipe.jpg', 'special-file'],
      ['to-pipe.jpg', 'special-file'],
    ];
    const text = (entries: unknown[]) => entries.map((entry) => JSON.stringify(entry)).sort();
    for (const limit of [1, 2, 3, 5, 100]) {
      expect(text(await listReasons(new FolderObjectStore(root), limit))).toEqual(text(expected));
    }
  });

  it('says which folder it may not read, and continues after it', async () => {
    const root = await newFolder();
    for (const name of ['a', 'b']) await mkdir(path.join(root, name));
    await writeFile(path.join(root, 'a/1.jpg'), '1');
    await writeFile(path.join(root, 'b/2.jpg'), '2');
    await chmod(path.join(root, 'a'), 0o000);
    const denied = { key: 'a/', place: 'a/', kind: 'no-permission' };
    const file = { key: 'b/2.jpg', place: 'b/2.jpg', kind: 'file' };
    await asOrdinaryUser(async () => {
      const walk = new FolderWalk(root, '', '');
      expect([await walk.next(), await walk.next(), await walk.next()]).toEqual([
        denied,
        file,
        null,
      ]);
      const rest = new FolderWalk(root, '', 'a/');
      expect([await rest.next(), await rest.next()]).toEqual([file, null]);
    });
  });

  it('lists the other files next to a folder whose path is too long for the system', async () => {
    const root = await newFolder();
    await writeFile(path.join(root, 'z.jpg'), 'z');
    // Two halves, because no call takes the whole path.
    const half = (name: string) =>
      path.join(root, name, ...Array<string>(10).fill('d'.repeat(250)));
    await mkdir(half('a'), { recursive: true });
    await mkdir(half('b'), { recursive: true });
    await rename(path.join(root, 'b'), path.join(half('a'), 'b'));
    const { objects, skipped } = await new FolderObjectStore(root).list('', { limit: 10 });
    expect(objects.map(({ key }) => key)).toEqual(['z.jpg']);
    expect(skipped.map(({ reason }) => reason)).toEqual(['path-too-long']);
    await promisify(execFile)('rm', ['-rf', root]);
  });

  it('leaves no temporary files behind, and does not list unfinished objects', async () => {
    const root = await newFolder();
    const store = new FolderObjectStore(root);
    await store.put('a.jpg', Buffer.from('a'));
    await store.put('a.jpg', Buffer.from('b'));
    expect(await readdir(root)).toEqual(['a.jpg']);
    await writeFile(path.join(root, '.sightline-put-crashed'), 'half');
    expect(await listKeys(store)).toEqual(['a.jpg']);
  });

  it('continues from a cursor in another instance', async () => {
    const root = await newFolder();
    for (const key of ['a.jpg', 'b.jpg', 'c.jpg']) await writeFile(path.join(root, key), key);
    const { cursor } = await new FolderObjectStore(root).list('', { limit: 2 });
    const rest = await new FolderObjectStore(root).list('', { limit: 2, cursor: cursor! });
    expect(rest.objects.map(({ key }) => key)).toEqual(['c.jpg']);
  });

  it('reports a folder that is not mounted as unavailable, not as empty', async () => {
    const store = new FolderObjectStore(path.join(base, 'not-there'));
    const unavailable = { code: 'STORE_UNAVAILABLE', class: 'wait' };
    await expect(store.check()).rejects.toMatchObject(unavailable);
    await expect(store.list('', { limit: 1 })).rejects.toMatchObject(unavailable);
    await expect(store.get('a.jpg', { maxBytes: 1 })).rejects.toMatchObject(unavailable);
    await expect(store.put('a.jpg', Buffer.from('x'))).rejects.toMatchObject(unavailable);
  });
});
