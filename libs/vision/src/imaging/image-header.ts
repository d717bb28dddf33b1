/**
 * Checks an image file before it is decoded: format, size, frames, metadata, and whether the file is
 * also valid in another format (a polyglot). Converts decoder errors into stable codes.
 */
import sharp, { type Metadata } from 'sharp';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { readStructure } from './file-structure.js';
import { type ImageFormat, sniffFormat } from './image-format.js';
import {
  imageError,
  decodeBytesPerPixel,
  checkBytes,
  checkPixels,
  checkStructure,
  MAX_METADATA_PARTS,
  type ImageLimits,
} from './image-limits.js';

interface ImageHeader {
  /** Pixels of the upright picture. */
  readonly width: number;
  readonly height: number;
  /** Estimated memory that decoding needs, bytes. */
  readonly decodeBytes: number;
}

/**
 * Reads the header of a file without decoding it. A file that would cost too much is rejected before
 * any decoder reads it.
 * @throws PipelineError IMAGE_EMPTY, IMAGE_FORMAT_UNSUPPORTED, IMAGE_TOO_LARGE, IMAGE_TOO_MANY_FRAMES,
 *   IMAGE_METADATA_TOO_LARGE, IMAGE_POLYGLOT, IMAGE_TRUNCATED or IMAGE_DAMAGED
 */
export async function readHeader(bytes: Buffer, limits: ImageLimits): Promise<ImageHeader> {
  checkBytes(bytes.length, limits);
  const format = sniffFormat(bytes);
  if (!format) {
    throw imageError(
      'IMAGE_FORMAT_UNSUPPORTED',
      'the content is not JPEG, PNG, WebP, AVIF, GIF or TIFF; convert it to one of these formats',
    );
  }
  checkContent(bytes, format, limits);
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    throw decodeFailure(error, bytes);
  }
  const { width, height } = metadata.autoOrient;
  checkPixels(width, height, limits);
  return { width, height, decodeBytes: width * height * decodeBytesPerPixel(metadata) };
}

function checkContent(bytes: Buffer, format: ImageFormat, limits: ImageLimits): void {
  const structure = readStructure(bytes, format, {
    maxFrames: limits.maxFrames,
    maxParts: MAX_METADATA_PARTS,
  });
  checkStructure(structure, limits);
  const foreign = foreignContent(bytes, structure.end);
  if (!foreign) return;
  throw imageError(
    'IMAGE_POLYGLOT',
    `the file is a picture and ${foreign} at the same time; save the picture again without the other content`,
  );
}

/** Bytes, from the start of the file or after the picture, in which readers of other formats look for their magic number. */
const SEARCHED = 1_024;
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
function foreignContent(bytes: Buffer, end: number): string | null {
  const head = bytes.toString('latin1', 0, SEARCHED);
  if (head.includes('%PDF-')) return 'PDF';
  if (SCRIPT_IN_HEADER.test(head)) return 'JavaScript';
  const tail = bytes.toString('latin1', end, end + SEARCHED);
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

/** Messages of the JPEG, GIF and AVIF decoders for a truncated file. The other decoders do not report it. */
const ENDS_TOO_SOON = /premature end|unexpected end/i;

/** Converts an error of a decoder into a PipelineError with a stable code. */
export function decodeFailure(error: unknown, bytes: Buffer): PipelineError {
  const message = error instanceof Error ? error.message : String(error);
  if (ENDS_TOO_SOON.test(message) || endsEarly(bytes)) {
    return imageError('IMAGE_TRUNCATED', 'the file ends before the end of the picture', error);
  }
  // libvips collects errors line by line; the last one stopped the decoder.
  const reason = message.trim().split('\n').at(-1)!;
  return imageError('IMAGE_DAMAGED', `the file is damaged: ${reason}`, error);
}

/** Whether a file is shorter than its structure requires, for formats whose decoders do not report it. */
function endsEarly(bytes: Buffer): boolean {
  switch (sniffFormat(bytes)) {
    case 'png':
      return pngEndsEarly(bytes);
    case 'webp':
      return bytes.length < 12 || bytes.readUInt32LE(4) + 8 > bytes.length;
    case 'tiff':
      return tiffEndsEarly(bytes);
    default:
      return false;
  }
}

/** Without its last chunk, IEND. */
function pngEndsEarly(bytes: Buffer): boolean {
  for (let at = 8; at + 8 <= bytes.length; at += bytes.readUInt32BE(at) + 12) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return false;
  }
  return true;
}

/** The header of a TIFF file has the offset of its directory, which is usually written after the pixels. */
function tiffEndsEarly(bytes: Buffer): boolean {
  if (bytes.length < 8) return true;
  const directory = bytes[0] === 0x49 ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4);
  return directory >= bytes.length;
}
