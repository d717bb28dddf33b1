/** Finds files that are a picture and something else at the same time. */
import { readJpeg } from './jpeg-structure.js';

/** Bytes, from the start of the file or after the picture, in which readers of other formats look for their magic number. */
const SEARCHED = 1_024;
/** Pictures after the first, and their parts of metadata, that are read at most. */
const MAX_PICTURES = 16;
const MAX_PARTS = 4_096;
const ZIP_END_BYTES = 22;
const ZIP_MAX_COMMENT = 65_535;

/** Magic numbers that count anywhere in the bytes after the picture. */
const ANYWHERE: readonly (readonly [RegExp, string])[] = [
  [/%PDF-/, 'PDF'],
  [/PK\x03\x04/, 'ZIP'],
  [/Rar!\x1a\x07|7z\xbc\xaf'\x1c/, 'an archive'],
  [/<\?php|__HALT_COMPILER/i, 'PHP'],
  [/<(!doctype|html|head|body|script|iframe|svg)\b/i, 'HTML or SVG'],
];
/** Magic numbers that are too short: they count only directly after the picture. */
const AT_START: readonly (readonly [RegExp, string])[] = [
  [/^[\0\s]*(MZ|\x7fELF|\xca\xfe\xba\xbe|#!)/, 'a program'],
];
/** A width or a segment length whose bytes start a JavaScript comment. */
const SCRIPT_IN_HEADER = /^(GIF8[79]a|\xff\xd8\xff\xe0)\/\*/;

/**
 * Finds a second format whose readers would accept the file. Data that cameras append to a picture (a
 * second JPEG, a video, a manufacturer's trailer, padding) is allowed.
 * @param end offset at which the picture ends
 * @returns name of the other format; null when there is none
 */
export function foreignContent(bytes: Buffer, end: number): string | null {
  const head = bytes.toString('latin1', 0, SEARCHED);
  if (head.includes('%PDF-')) return 'PDF';
  if (SCRIPT_IN_HEADER.test(head)) return 'JavaScript';
  const after = afterPictures(bytes, end);
  const tail = bytes.toString('latin1', after, after + SEARCHED);
  for (const [mark, name] of [...ANYWHERE, ...AT_START]) if (mark.test(tail)) return name;
  return endsAsZip(bytes) ? 'ZIP' : null;
}

/** ZIP readers start at the end of a file, at a record with the offset of the list of files. */
function endsAsZip(bytes: Buffer): boolean {
  const from = Math.max(0, bytes.length - ZIP_END_BYTES - ZIP_MAX_COMMENT);
  for (let at = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1'); at >= from;) {
    if (isZipEnd(bytes, at)) return true;
    if (at === 0) return false;
    at = bytes.lastIndexOf('PK\x05\x06', at - 1, 'latin1');
  }
  return false;
}

/** Among millions of photographs the four bytes occur by chance, so the numbers of the record must be consistent. */
function isZipEnd(bytes: Buffer, at: number): boolean {
  if (at + ZIP_END_BYTES > bytes.length) return false;
  const [disk, listDisk, here, all] = [4, 6, 8, 10].map((field) => bytes.readUInt16LE(at + field));
  if (disk !== 0 || listDisk !== 0 || here !== all) return false;
  const listBytes = bytes.readUInt32LE(at + 12);
  if (all === 0) return listBytes === 0;
  const list = at - listBytes;
  return list >= 0 && bytes.toString('latin1', list, list + 4) === 'PK\x01\x02';
}

/** Second pictures that cameras append, as for gain maps. Their comments are no content of the file. */
function afterPictures(bytes: Buffer, end: number): number {
  let at = end;
  for (let count = 0; count < MAX_PICTURES && isJpegAt(bytes, at); count++) {
    at += readJpeg(bytes.subarray(at), MAX_PARTS).end;
  }
  return at;
}

function isJpegAt(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0xff && bytes[at + 1] === 0xd8 && bytes[at + 2] === 0xff;
}
