import { z } from 'zod';

/** Why an import does not look at an object, with a description for people. */
export const SKIP_REASONS = {
  ignored: 'Its name, or the name of a folder above it, matches the setting `IGNORE`.',
  'not-an-image': 'Its name does not have the extension of an image.',
  video: 'A video.',
  raw: 'A raw file of a camera, in a format that cannot be read.',
  archive: 'An archive such as .zip or .tar; unpack it to import what is in it.',
  'folder-marker': 'An empty object that stands for a folder of a bucket.',
  'cold-storage':
    'In a storage class that must be restored before it can be read, such as S3 Glacier.',
  'name-not-utf8': 'The name of the file or folder is not valid UTF-8; rename it.',
  'link-to-folder': 'A link to a folder.',
  'link-outside': 'A link to something outside of the store.',
  'broken-link': 'A link to something that does not exist.',
  'special-file': 'Not a file: a pipe, a socket or a device.',
  'path-too-long': 'Its path is longer than the file system allows.',
  'no-permission': 'The file or folder cannot be read: no permission.',
} as const;

export type SkipReason = keyof typeof SKIP_REASONS;

export const skipReasonSchema = z.enum(Object.keys(SKIP_REASONS) as [SkipReason, ...SkipReason[]]);
