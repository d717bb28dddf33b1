/**
 * Walks the structure of an image file (segments, chunks, boxes, directories) without decoding pixels:
 * frames, metadata, and where the file ends. One reader per format. They work on files that may be
 * malicious: every loop advances, and counting stops just above the limits.
 */
import { constants, inflateSync } from 'node:zlib';
import { type ImageFormat } from './image-format.js';
import { boxes, longestTrack } from './iso-boxes.js';
import { readJpeg, type JpegStructure } from './jpeg-structure.js';
import { TiffReader } from './tiff-directories.js';

/** Structure of a file, found without decoding. */
export interface FileStructure {
  /** Number of frames or pages. */
  readonly frames: number;
  /** Total bytes of profiles, texts and thumbnails. A compressed part counts with its unpacked bytes. */
  readonly metadataBytes: number;
  readonly metadataParts: number;
  /** Offset at which the picture ends according to the file. Bytes after it do not belong to the picture. */
  readonly end: number;
  /** What only a JPEG file has. */
  readonly jpeg?: JpegStructure;
}

/** Counting stops when one of these is exceeded; the caller then rejects the file. */
interface StructureLimits {
  /** Maximum number of frames or pages. */
  readonly maxFrames: number;
  /** Maximum number of metadata parts. */
  readonly maxParts: number;
  /** Maximum bytes of metadata. */
  readonly maxMetadataBytes: number;
}

type StructureReader = (bytes: Buffer, limits: StructureLimits) => FileStructure;

/**
 * Reads the structure of a file. For a damaged file the result covers the part that can be read; the
 * decoder reports the damage.
 */
export function readStructure(
  bytes: Buffer,
  format: ImageFormat,
  limits: StructureLimits,
): FileStructure {
  return READERS[format](bytes, limits);
}

function readJpegStructure(bytes: Buffer, limits: StructureLimits): FileStructure {
  const jpeg = readJpeg(bytes, limits.maxParts);
  const { metadataBytes, metadataParts, end } = jpeg;
  return { frames: 1, metadataBytes, metadataParts, end, jpeg };
}

const PNG_COMPRESSED = new Set(['zTXt', 'iTXt', 'iCCP']);
/** Libpng unpacks at most this number of bytes of a chunk. */
const PNG_UNPACKED_BYTES = 8_000_000;
/** Deflate makes nothing smaller than that. */
const DEFLATE_RATIO = 1_032;
const PNG_PICTURE = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND', 'acTL', 'fcTL', 'fdAT']);

/** A PNG file is a signature of 8 bytes, then chunks of length, type, data and checksum. IEND is the last. */
function readPngStructure(bytes: Buffer, limits: StructureLimits): FileStructure {
  let frames = 0;
  let metadataBytes = 0;
  let metadataParts = 0;
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    at += length + 12;
    if (type === 'IEND')
      return { frames: Math.max(1, frames), metadataBytes, metadataParts, end: at };
    // Animated PNG: one per frame.
    if (type === 'fcTL' && ++frames > limits.maxFrames) break;
    if (PNG_PICTURE.has(type)) continue;
    const data = bytes.subarray(at - length - 4, at - 4);
    metadataBytes += data.length;
    if (PNG_COMPRESSED.has(type)) metadataBytes += unpackedBytes(type, data);
    if (++metadataParts > limits.maxParts || metadataBytes > limits.maxMetadataBytes) break;
  }
  return { frames: Math.max(1, frames), metadataBytes, metadataParts, end: bytes.length };
}

/** Bytes that a compressed chunk unpacks to, at most; 0 when it is plain. */
function unpackedBytes(type: string, data: Buffer): number {
  // Keyword, a zero byte and the compression method; in an iTXt chunk a flag before it, and two more texts.
  let start = data.indexOf(0) + 2;
  if (type === 'iTXt') {
    if (data[start - 1] !== 1) return 0;
    start = data.indexOf(0, data.indexOf(0, start + 1) + 1) + 1;
  }
  const packed = data.subarray(start);
  const limits = { maxOutputLength: PNG_UNPACKED_BYTES, finishFlush: constants.Z_SYNC_FLUSH };
  try {
    return inflateSync(packed, limits).length;
  } catch {
    // Too large, or damaged somewhere.
    return Math.min(PNG_UNPACKED_BYTES, packed.length * DEFLATE_RATIO);
  }
}

const WEBP_METADATA = new Set(['ICCP', 'EXIF', 'XMP ']);

/** A WebP file is a RIFF file: its length, then chunks of type, length and data, padded to an even length. */
function readWebpStructure(bytes: Buffer, limits: StructureLimits): FileStructure {
  const end = bytes.length < 12 ? bytes.length : Math.min(bytes.length, bytes.readUInt32LE(4) + 8);
  let frames = 0;
  let metadataBytes = 0;
  let metadataParts = 0;
  for (let at = 12; at + 8 <= end;) {
    const type = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    at += 8 + length + (length % 2);
    if (type === 'ANMF' && ++frames > limits.maxFrames) break;
    if (!WEBP_METADATA.has(type)) continue;
    metadataBytes += Math.min(length, bytes.length);
    if (++metadataParts > limits.maxParts) break;
  }
  return { frames: Math.max(1, frames), metadataBytes, metadataParts, end };
}

const GIF_EXTENSION = 0x21;
const GIF_IMAGE = 0x2c;
const GIF_TRAILER = 0x3b;
const GIF_CONTROL = 0xf9;

/** A GIF file is a screen descriptor, then extensions and frames, each followed by a chain of data blocks. */
function readGifStructure(bytes: Buffer, limits: StructureLimits): FileStructure {
  let frames = 0;
  let metadataBytes = 0;
  let metadataParts = 0;
  let at = 13 + paletteBytes(bytes[10] ?? 0);
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === GIF_TRAILER)
      return { frames: Math.max(1, frames), metadataBytes, metadataParts, end: at + 1 };
    if (kind === GIF_EXTENSION) {
      const end = afterBlocks(bytes, at + 2);
      if (bytes[at + 1] !== GIF_CONTROL) {
        metadataBytes += end - at;
        if (++metadataParts > limits.maxParts) break;
      }
      at = end;
    } else if (kind === GIF_IMAGE) {
      if (++frames > limits.maxFrames) break;
      at = afterBlocks(bytes, at + 11 + paletteBytes(bytes[at + 9] ?? 0));
    } else {
      break;
    }
  }
  return { frames: Math.max(1, frames), metadataBytes, metadataParts, end: bytes.length };
}

/** @param flags packed field of the screen descriptor or of an image descriptor */
function paletteBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** Offset after a chain of blocks. A block is a length byte and data; a length of 0 ends the chain. */
function afterBlocks(bytes: Buffer, start: number): number {
  let at = start;
  for (let length = bytes[at]; length; length = bytes[at]) at += length + 1;
  return at + 1;
}

/**
 * The header of a TIFF file points to the directory of the first page, and each directory to the next.
 * The format does not state where the file ends. A directory that was visited before ends the chain.
 */
function readTiffStructure(bytes: Buffer, limits: StructureLimits): FileStructure {
  const pages = new Set<number>();
  const reader = new TiffReader(bytes);
  for (let at = reader.first(); at > 0 && !pages.has(at) && pages.size <= limits.maxFrames;) {
    pages.add(at);
    at = reader.next(at);
  }
  return { ...plain(bytes), frames: Math.max(1, pages.size) };
}

/** AVIF, HEIF and JPEG XL and JPEG 2000 in a container are series of boxes. An animation has a track of frames. */
function readBoxes(bytes: Buffer): FileStructure {
  let end = 0;
  for (const box of boxes(bytes, 0, bytes.length)) end = box.end;
  const frames = Math.max(1, longestTrack(bytes, 0, bytes.length));
  return { ...plain(bytes), frames, end: end || bytes.length };
}

/** A format that does not state where a file ends, and has one picture. */
function plain(bytes: Buffer): FileStructure {
  return { frames: 1, metadataBytes: 0, metadataParts: 0, end: bytes.length };
}

const READERS: Readonly<Record<ImageFormat, StructureReader>> = {
  avif: readBoxes,
  bmp: plain,
  gif: readGifStructure,
  heif: readBoxes,
  jp2: readBoxes,
  jpeg: readJpegStructure,
  jxl: readBoxes,
  png: readPngStructure,
  raw: plain,
  tiff: readTiffStructure,
  webp: readWebpStructure,
};
