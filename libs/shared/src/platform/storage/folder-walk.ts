import { isUtf8 } from 'node:buffer';
import { type Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type SkipReason } from '../../contracts/skip-reason.js';
import { objectKeyInvalid } from './object-store.port.js';

/** Prefix of files that a put is still writing: never listed, and reserved in keys. */
export const TEMPORARY_PREFIX = '.sightline-put-';

/**
 * Checks that a key is a canonical path below the root, without `..` or empty parts, so that one file has
 * one key and therefore one image id.
 * @throws PipelineError OBJECT_KEY_INVALID
 */
export function assertFolderKey(key: string): void {
  if (key === '') throw objectKeyInvalid(key, 'is empty');
  if (key.includes('\0')) throw objectKeyInvalid(key, 'contains a NUL');
  if (Buffer.from(key).toString() !== key) throw objectKeyInvalid(key, 'is not valid Unicode');
  for (const part of key.split('/')) {
    if (part === '' || part === '.' || part === '..') {
      throw objectKeyInvalid(key, `is not a path inside the store: it has a part "${part}"`);
    }
    if (part.startsWith(TEMPORARY_PREFIX)) throw objectKeyInvalid(key, 'is reserved');
  }
}

/** @throws PipelineError OBJECT_KEY_INVALID for a prefix that no key can start with */
export function assertFolderPrefix(prefix: string): void {
  const parts = prefix.split('/');
  const folders = parts.slice(0, -1);
  if (
    folders.some((part) => part === '' || part === '.' || part === '..') ||
    parts.at(-1) === '..'
  ) {
    throw objectKeyInvalid(
      prefix,
      'is not the beginning of any key: write it without a leading /, //, . or ..',
    );
  }
  if (prefix.includes('\0')) throw objectKeyInvalid(prefix, 'contains a NUL');
}

/** An entry of a folder tree. */
export interface WalkEntry {
  readonly key: string;
  /**
   * Its place in the order of the walk, and the cursor behind it. The key, unless the name is not UTF-8: then
   * with a NUL at the end, because a file may have the very name that stands for those bytes.
   */
  readonly place: string;
  /** `link`: to a file or to anything else. Otherwise why it cannot be read. */
  readonly kind: 'file' | 'link' | SkipReason;
}

/** A folder on the current path: its entries in order, and the index of the next one. */
interface Level {
  /** '' or a path with a '/' at its end. */
  readonly folder: string;
  readonly entries: readonly (Omit<WalkEntry, 'kind'> & {
    readonly kind: WalkEntry['kind'] | 'folder';
  })[];
  next: number;
}

/**
 * Lists the entries of a folder tree in one fixed order (UTF-16 code units of the whole key). Keeps only the
 * folders between the root and the current key in memory. Links to folders are not followed: their files are
 * listed in their own folder, or are outside of the store.
 */
export class FolderWalk {
  private readonly levels: Level[] = [];
  private started = false;

  /** @param after the last place of the page before; '' starts at the beginning */
  constructor(
    private readonly root: string,
    private readonly prefix: string,
    private readonly after: string,
  ) {}

  /** The next entry that is not a folder, or a folder that cannot be read; null at the end. */
  async next(): Promise<WalkEntry | null> {
    if (!this.started) {
      this.levels.push(await this.open(''));
      this.started = true;
    }
    for (;;) {
      const level = this.levels.at(-1);
      if (!level) return null;
      const entry = level.entries[level.next++];
      if (entry === undefined) {
        this.levels.pop();
        continue;
      }
      const { kind, key, place } = entry;
      if (kind !== 'folder') return { key, place, kind };
      try {
        this.levels.push(await this.open(key));
      } catch (error) {
        const reason = unreadable(error);
        if (reason === null) throw error;
        if (place > this.after) return { key, place, kind: reason };
      }
    }
  }

  private async open(folder: string): Promise<Level> {
    const entries: Level['entries'][number][] = [];
    for (const found of await this.read(folder)) {
      const entry = entryOf(found, folder);
      if (entry !== null && this.isWanted(entry.place)) entries.push(entry);
    }
    return { folder, entries: entries.sort((a, b) => (a.place < b.place ? -1 : 1)), next: 0 };
  }

  private async read(folder: string): Promise<Dirent<Buffer>[]> {
    try {
      return await readdir(path.join(this.root, folder), {
        withFileTypes: true,
        encoding: 'buffer',
      });
    } catch (error) {
      const gone = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (gone && folder !== '') return [];
      throw error;
    }
  }

  private isWanted(place: string): boolean {
    const { prefix, after } = this;
    if (!place.endsWith('/')) return place.startsWith(prefix) && place > after;
    const leadsToPrefix = place.startsWith(prefix) || prefix.startsWith(place);
    return leadsToPrefix && (place > after || after.startsWith(place));
  }
}

/** Null for a file that a put is still writing. Keys of folders end in '/', so that the order is that of keys. */
function entryOf(entry: Dirent<Buffer>, folder: string): Level['entries'][number] | null {
  if (!isUtf8(entry.name)) {
    const key = folder + escapeBytes(entry.name);
    return { key, place: `${key}\0`, kind: 'name-not-utf8' };
  }
  const name = entry.name.toString();
  if (name.startsWith(TEMPORARY_PREFIX)) return null;
  const key = entry.isDirectory() ? `${folder}${name}/` : folder + name;
  return { key, place: key, kind: kindOf(entry) };
}

function kindOf(entry: Dirent<Buffer>): Level['entries'][number]['kind'] {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  return entry.isSymbolicLink() ? 'link' : 'special-file';
}

/** Two names never give the same text. */
function escapeBytes(name: Buffer): string {
  const isPlain = (byte: number) => byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
  return [...name]
    .map((byte) =>
      isPlain(byte) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}

/** Why a folder cannot be read, if that is a matter of this folder and not of the whole store. */
function unreadable(error: unknown): SkipReason | null {
  if (isTooLong(error)) return 'path-too-long';
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM' ? 'no-permission' : null;
}

export function isTooLong(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ENAMETOOLONG';
}
