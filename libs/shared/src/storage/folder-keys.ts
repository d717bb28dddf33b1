import { objectKeyInvalid } from './object-errors.js';

/** Files that a put is still writing; never listed, and no key may look like one. */
export const TEMPORARY_PREFIX = '.sightline-put-';

/**
 * Checks that a key names exactly one place below the root: no `..`, no empty part, so that one file
 * has one key and therefore one image id.
 * @throws PipelineError OBJECT_KEY_INVALID
 */
export function assertFolderKey(key: string): void {
  if (key === '') throw objectKeyInvalid(key, 'is empty');
  if (key.includes('\0')) throw objectKeyInvalid(key, 'holds a NUL');
  if (Buffer.from(key).toString() !== key) throw objectKeyInvalid(key, 'is not valid Unicode');
  for (const part of key.split('/')) {
    if (part === '' || part === '.' || part === '..') {
      throw objectKeyInvalid(key, `is no path inside the store: it has a part "${part}"`);
    }
    if (part.startsWith(TEMPORARY_PREFIX)) throw objectKeyInvalid(key, 'is reserved');
  }
}

/** @throws PipelineError OBJECT_KEY_INVALID for a prefix that no key could start with */
export function assertFolderPrefix(prefix: string): void {
  const parts = prefix.split('/');
  const folders = parts.slice(0, -1);
  if (
    folders.some((part) => part === '' || part === '.' || part === '..') ||
    parts.at(-1) === '..'
  ) {
    throw objectKeyInvalid(prefix, 'starts no key: write it without a leading /, //, . or ..');
  }
  if (prefix.includes('\0')) throw objectKeyInvalid(prefix, 'holds a NUL');
}
