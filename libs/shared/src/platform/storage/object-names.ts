/**
 * Extensions of images, including formats that the embedder may refuse: an unreadable image is reported, a file
 * that is not an image is skipped.
 */
const IMAGE_EXTENSIONS = new Set([
  'jpg',
  'jpeg',
  'jpe',
  'jfif',
  'png',
  'webp',
  'avif',
  'gif',
  'tif',
  'tiff',
  'heic',
  'heif',
  'hif',
  'bmp',
  'dib',
  'jxl',
  'jp2',
  'j2k',
  'jpf',
  'dng',
  'cr2',
  'cr3',
  'nef',
  'nrw',
  'arw',
  'orf',
  'rw2',
  'raf',
  'pef',
  'srw',
]);

/** Whether a key names an image, by its extension; upper and lower case are equal. */
export function isImageName(key: string): boolean {
  const name = key.slice(key.lastIndexOf('/') + 1);
  // On other file systems macOS adds a file of attributes to each file: `._photo.jpg`.
  if (name.startsWith('._')) return false;
  const dot = name.lastIndexOf('.');
  return dot > 0 && IMAGE_EXTENSIONS.has(name.slice(dot + 1).toLowerCase());
}

const ROOT = 'cameras/';

/** Folder in the uploads store for the snapshots of a tenant's cameras, or of one camera. */
export function snapshotFolder(tenant: string, cameraId?: string): string {
  return cameraId === undefined ? `${ROOT}${tenant}/` : `${ROOT}${tenant}/${cameraId}/`;
}

/** @param sha256 of the snapshot, so that sending it again gives the same object */
export function snapshotKey(tenant: string, cameraId: string, sha256: string): string {
  return snapshotFolder(tenant, cameraId) + sha256;
}

const MAX_SLUG_LENGTH = 40;

/** Converts text to a valid store name: a-z, 0-9 and single dashes. */
export function slug(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG_LENGTH)
    .replace(/^-+|-+$/g, '');
}
