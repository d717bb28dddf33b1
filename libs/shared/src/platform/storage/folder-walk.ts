import { Logger } from '@nestjs/common';
import { isUtf8 } from 'node:buffer';
import { type Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
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

/** A folder on the current path: its entries in order, and the index of the next one. */
interface Level {
  /** '' or a path with a '/' at its end. */
  readonly folder: string;
  readonly names: readonly string[];
  next: number;
}

/**
 * Lists the keys of a folder tree in one fixed order (UTF-16 code units of the whole key). Keeps only the
 * folders between the root and the current key in memory. Links to folders are not followed: their files are
 * listed in their own folder, or are outside of the store.
 */
export class FolderWalk {
  private readonly logger = new Logger('storage');
  private readonly levels: Level[] = [];
  private started = false;

  /** @param after the last key of the page before; '' starts at the beginning */
  constructor(
    private readonly root: string,
    private readonly prefix: string,
    private readonly after: string,
  ) {}

  /** The next key of a file or a link; null at the end. */
  async next(): Promise<string | null> {
    if (!this.started) {
      this.levels.push(await this.open(''));
      this.started = true;
    }
    for (;;) {
      const level = this.levels.at(-1);
      if (!level) return null;
      const name = level.names[level.next++];
      if (name === undefined) {
        this.levels.pop();
      } else if (name.endsWith('/')) {
        this.levels.push(await this.open(level.folder + name));
      } else {
        return level.folder + name;
      }
    }
  }

  private async open(folder: string): Promise<Level> {
    const names: string[] = [];
    for (const entry of await this.read(folder)) {
      const name = this.nameOf(entry, folder);
      if (name !== null && this.isWanted(folder + name)) names.push(name);
    }
    // Names of folders end in '/', so that the order is the order of whole keys.
    return { folder, names: names.sort((a, b) => (a < b ? -1 : 1)), next: 0 };
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

  private nameOf(entry: Dirent<Buffer>, folder: string): string | null {
    if (!isUtf8(entry.name)) {
      this.logger.warn(`${folder}${entry.name.toString('latin1')}: name is not UTF-8, not listed`);
      return null;
    }
    const name = entry.name.toString();
    if (name.startsWith(TEMPORARY_PREFIX)) return null;
    if (entry.isDirectory()) return `${name}/`;
    return entry.isFile() || entry.isSymbolicLink() ? name : null;
  }

  private isWanted(key: string): boolean {
    const { prefix, after } = this;
    if (!key.endsWith('/')) return key.startsWith(prefix) && key > after;
    const leadsToPrefix = key.startsWith(prefix) || prefix.startsWith(key);
    return leadsToPrefix && (key > after || after.startsWith(key));
  }
}
