import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';

const MAX_BYTES = 1_000_000;
const JPEG = 'image/jpeg';

/** Names that often cause errors in storage code. */
const ODD_NAMES = [
  'with space.jpg',
  ' leading and trailing ',
  'plus+and%20percent%.jpg',
  'hash#and?question&amp;.jpg',
  'été (nfc).jpg'.normalize('NFC'),
  'été (nfd).jpg'.normalize('NFD'),
  'line\nbreak.jpg',
  'tab\tand\u0001control.jpg',
  'quote\'"<tag>.jpg',
  'back\\slash.jpg',
  '日本語 🙂.jpg',
  '~tilde!*();:@=,[].jpg',
];

/** The tests that every object store must pass. `open` returns a new empty store each time. */
export function describeObjectStore(name: string, open: () => Promise<ObjectStore>): void {
  describe(name, () => {
    let store: ObjectStore;

    async function fill(keys: readonly string[]): Promise<void> {
      store = await open();
      for (const key of keys) await store.put(key, Buffer.from(`bytes of ${key}`), JPEG);
    }

    async function listAll(prefix: string, limit: number): Promise<string[]> {
      const keys: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await store.list(prefix, { limit, ...(cursor !== null && { cursor }) });
        expect(page.objects.length).toBeLessThanOrEqual(limit);
        keys.push(...page.objects.map((object) => object.key));
        ({ cursor } = page);
      } while (cursor !== null);
      return keys;
    }

    describe('objects', () => {
      beforeAll(async () => {
        await fill([]);
      });

      it('are returned as they were put, with their size and a version that get accepts', async () => {
        const bytes = Buffer.from([0, 1, 2, 255, 10, 13]);
        const before = Date.now();
        const info = await store.put('a/b.bin', bytes, 'application/octet-stream');
        expect(info).toMatchObject({ key: 'a/b.bin', size: 6 });
        expect(info.version.length).toBeGreaterThan(0);
        expect(info.version.length).toBeLessThanOrEqual(256);
        expect(Math.abs(info.lastModified.getTime() - before)).toBeLessThan(60_000);
        expect(await store.stat('a/b.bin')).toEqual(info);
        const got = await store.get('a/b.bin', { maxBytes: MAX_BYTES, version: info.version });
        expect(got.equals(bytes)).toBe(true);
      });

      it('can be empty', async () => {
        await store.put('empty.jpg', Buffer.alloc(0), JPEG);
        expect(await store.get('empty.jpg', { maxBytes: 10 })).toHaveLength(0);
        expect((await store.stat('empty.jpg')).size).toBe(0);
      });

      it('keep their version when the same bytes are put again', async () => {
        const first = await store.put('same.jpg', Buffer.from('same'), JPEG);
        const again = await store.put('same.jpg', Buffer.from('same'), JPEG);
        expect(again).toEqual(first);
      });

      it('have one version when the same bytes are put concurrently', async () => {
        const puts = Array.from({ length: 8 }, () =>
          store.put('raced.jpg', Buffer.from('raced'), JPEG),
        );
        const versions = new Set((await Promise.all(puts)).map(({ version }) => version));
        expect([...versions]).toEqual([(await store.stat('raced.jpg')).version]);
      });

      it('change their version with their content, and are not returned for an old version', async () => {
        const first = await store.put('changing.jpg', Buffer.from('one'), JPEG);
        const second = await store.put('changing.jpg', Buffer.from('two'), JPEG);
        expect(second.version).not.toBe(first.version);
        await expect(
          store.get('changing.jpg', { maxBytes: MAX_BYTES, version: first.version }),
        ).rejects.toMatchObject({ code: 'OBJECT_CHANGED', class: 'quarantine' });
      });

      it('are refused above the size limit, but not at it', async () => {
        await store.put('ten.jpg', Buffer.alloc(10), JPEG);
        await expect(store.get('ten.jpg', { maxBytes: 9 })).rejects.toMatchObject({
          code: 'OBJECT_TOO_LARGE',
          class: 'quarantine',
        });
        expect(await store.get('ten.jpg', { maxBytes: 10 })).toHaveLength(10);
      });

      it('that do not exist are reported with OBJECT_NOT_FOUND', async () => {
        const missing = { code: 'OBJECT_NOT_FOUND', class: 'quarantine', stage: 'fetch' };
        await expect(store.stat('no/such.jpg')).rejects.toMatchObject(missing);
        await expect(store.get('no/such.jpg', { maxBytes: 1 })).rejects.toMatchObject(missing);
      });

      it('can be deleted, even if they do not exist', async () => {
        await store.put('gone.jpg', Buffer.from('x'), JPEG);
        await store.delete('gone.jpg');
        await store.delete('gone.jpg');
        await expect(store.stat('gone.jpg')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
      });

      it('are refused with invalid keys', async () => {
        const invalid = { code: 'OBJECT_KEY_INVALID', class: 'quarantine' };
        for (const key of ['', 'lone\ud800.jpg', 'x'.repeat(5000)]) {
          await expect(store.stat(key)).rejects.toMatchObject(invalid);
          await expect(store.put(key, Buffer.from('x'), JPEG)).rejects.toMatchObject(invalid);
        }
      });

      it('are not read after an abort', async () => {
        await store.put('stopped.jpg', Buffer.alloc(1000), JPEG);
        const signal = AbortSignal.abort(new Error('enough'));
        await expect(store.get('stopped.jpg', { maxBytes: 1000, signal })).rejects.toThrow();
      });

      it('are available by a check of the store', async () => {
        await store.check();
      });
    });

    describe('listing', () => {
      // Sorted as whole keys: '.' and ' ' come before '/'.
      const tree = ['a b.jpg', 'a.jpg', 'a/1.jpg', 'a/b/c.jpg', 'a/b0.jpg', 'ab.jpg', 'b/x.jpg'];

      beforeAll(async () => {
        await fill(tree.toReversed());
      });

      it('returns every key once and in the same order for each page size', async () => {
        for (const limit of [1, 2, 3, 100]) expect(await listAll('', limit)).toEqual(tree);
      });

      it('returns the keys that start with a prefix, which may end inside a name', async () => {
        expect(await listAll('a/b', 2)).toEqual(['a/b/c.jpg', 'a/b0.jpg']);
        expect(await listAll('a/', 2)).toEqual(['a/1.jpg', 'a/b/c.jpg', 'a/b0.jpg']);
        expect(await listAll('zzz', 2)).toEqual([]);
      });

      it('returns the same information as stat', async () => {
        for (const info of (await store.list('', { limit: 100 })).objects) {
          const { lastModified, ...rest } = await store.stat(info.key);
          expect(info).toMatchObject(rest);
          // The HTTP header of S3 has a resolution of one second.
          expect(Math.abs(lastModified.getTime() - info.lastModified.getTime())).toBeLessThan(1000);
        }
      });

      it('continues from a cursor after changes before and after it', async () => {
        const page = await store.list('', { limit: 3 });
        await store.delete('a.jpg');
        // The one that the cursor names.
        await store.delete('a/1.jpg');
        await store.put('a/a-new.jpg', Buffer.from('new'), JPEG);
        const rest = await store.list('', { limit: 100, cursor: page.cursor! });
        expect(rest.objects.map(({ key }) => key)).toEqual(
          expect.arrayContaining(['a/b/c.jpg', 'a/b0.jpg', 'ab.jpg', 'b/x.jpg']),
        );
        expect(rest.objects.map(({ key }) => key)).not.toContain('a/1.jpg');
      });

      it('returns no cursor after the last key', async () => {
        const { cursor } = await store.list('', { limit: 1000 });
        expect(cursor).toBeNull();
      });
    });

    describe('odd names', () => {
      beforeAll(async () => {
        await fill(ODD_NAMES.map((odd) => `folder é #%+/${odd}`));
      });

      afterAll(async () => {
        for (const odd of ODD_NAMES) await store.delete(`folder é #%+/${odd}`);
        expect(await listAll('', 100)).toEqual([]);
      });

      it('are listed unchanged, on one page or on several', async () => {
        const expected = new Set(ODD_NAMES.map((odd) => `folder é #%+/${odd}`));
        expect(new Set(await listAll('', 1))).toEqual(expected);
        expect(new Set(await listAll('folder é #%+/', 100))).toEqual(expected);
      });

      it.each(ODD_NAMES)('are accepted by get and stat: %j', async (odd) => {
        const key = `folder é #%+/${odd}`;
        const { version } = await store.stat(key);
        const bytes = await store.get(key, { maxBytes: MAX_BYTES, version });
        expect(bytes.toString()).toBe(`bytes of ${key}`);
      });
    });
  });
}
