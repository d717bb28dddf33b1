/**
 * Extensions of pictures, also of formats that the embedder may refuse: an image that cannot be read
 * is told apart from a file that is none.
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
  'bmp',
  'jxl',
  'jp2',
]);

/** Whether a key names an image, by its extension in any case. */
export function isImageName(key: string): boolean {
  const name = key.slice(key.lastIndexOf('/') + 1);
  // macOS writes a file of attributes beside each file on foreign disks: `._photo.jpg`.
  if (name.startsWith('._')) return false;
  const dot = name.lastIndexOf('.');
  return dot > 0 && IMAGE_EXTENSIONS.has(name.slice(dot + 1).toLowerCase());
}

const ROOT = 'cameras/';

/** Where the uploads store keeps what a tenant's cameras sent, or one of them. */
export function snapshotFolder(tenant: string, cameraId?: string): string {
  return cameraId === undefined ? `${ROOT}${tenant}/` : `${ROOT}${tenant}/${cameraId}/`;
}

/** @param sha256 of the snapshot: sent again, it is the same object */
export function snapshotKey(tenant: string, cameraId: string, sha256: string): string {
  return snapshotFolder(tenant, cameraId) + sha256;
}

const LONGEST = 40;

/** `text` in the letters that names of stores may have: a-z, 0-9 and single dashes. */
export function slug(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, '');
}
