import { type SkipReason } from '../../contracts/skip-reason.js';

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

/** Extensions of files that hold images but cannot be read as one. */
const KINDS: Readonly<Partial<Record<SkipReason, string>>> = {
  video:
    '3g2 3gp asf avi divx dv f4v flv h264 h265 hevc insv lrv m2p m2ts m2v m4v mkv mov mp4 mpe mpeg mpg mts mxf ogm ogv qt rm rmvb ts vob webm wmv',
  raw: '3fr ari bay cap crw dcr dcs drf eip erf fff gpr iiq k25 kdc mdc mef mos mrw ori ptx pxn r3d raw rwl rwz sr2 srf x3f',
  archive:
    '7z ar bz2 cab cbr cbz cpio dmg gz iso lz lz4 lzh lzma rar tar tbz2 tgz txz xz z zip zst',
};

const KIND_OF_EXTENSION = new Map(
  Object.entries(KINDS).flatMap(([kind, extensions]) =>
    extensions.split(' ').map((extension) => [extension, kind as SkipReason] as const),
  ),
);

/** Why a key does not name an image, by its extension; null for the name of an image. */
export function whyNotAnImage(key: string): SkipReason | null {
  if (isImageName(key)) return null;
  const extension = /[^/]\.([^./]+)$/.exec(key)?.[1]?.toLowerCase() ?? '';
  return KIND_OF_EXTENSION.get(extension) ?? 'not-an-image';
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
