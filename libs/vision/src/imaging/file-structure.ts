/**
 * Walks the structure of an image file (segments, chunks, boxes, directories) without decoding pixels:
 * frames, metadata, and where the file ends. One reader per format. They work on files that may be
 * malicious: every loop advances, and counting stops just above the limits.
 */
import { type ImageFormat } from './image-format.js';

/** Structure of a file, found without decoding. */
export interface FileStructure {
  /** Number of frames or pages. */
  readonly frames: number;
  /** Total bytes of profiles, texts and thumbnails. */
  readonly metadataBytes: number;
  /** Number of metadata parts. A compressed part counts as several, because unpacking it costs more. */
  readonly metadataParts: number;
  /** Offset at which the picture ends according to the file. Bytes after it do not belong to the picture. */
  readonly end: number;
}

/** Counting stops when one of these is exceeded; the caller then rejects the file. */
interface StructureLimits {
  /** Maximum number of frames or pages. */
  readonly maxFrames: number;
  /** Maximum number of metadata parts. */
  readonly maxParts: number;
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

/** AVIF boxes that contain the table of sample sizes of a track. One sample is one frame. */
const AVIF_CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);

const JPEG_START_OF_SCAN = 0xda;
const JPEG_END_OF_IMAGE = 0xd9;
const JPEG_COMMENT = 0xfe;
/**
 * In normal compressed data, one byte in 256 is FF. A malicious file has many more, and one call of
 * indexOf for each would be slow: this number of bytes is checked one by one between two calls.
 */
const JPEG_BYTEWISE = 32;

/**
 * A JPEG file is a series of segments, each a marker and a length. A start of scan is followed by
 * compressed data, in which FF is followed by 00 or a restart marker. Cameras append other data after
 * the end of the image: depth maps, gain maps, videos.
 */
function readJpegStructure(bytes: Buffer, limits: StructureLimits): FileStructure {
  let metadataBytes = 0;
  let metadataParts = 0;
  let end = bytes.length;
  for (let at = 2; at + 2 <= bytes.length;) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1]!;
    // FF may be repeated before a marker. Some markers have no length.
    if (marker === 0xff) at++;
    else if (marker === JPEG_END_OF_IMAGE) {
      end = at + 2;
      break;
    } else if (standsAlone(marker)) at += 2;
    else {
      if (at + 4 > bytes.length) break;
      const length = bytes.readUInt16BE(at + 2);
      if ((marker >= 0xe0 && marker <= 0xef) || marker === JPEG_COMMENT) {
        metadataBytes += length;
        if (++metadataParts > limits.maxParts) break;
      }
      at += 2 + length;
      if (marker === JPEG_START_OF_SCAN) at = afterScan(bytes, at);
    }
  }
  return { frames: 1, metadataBytes, metadataParts, end };
}

/** Offset of the marker after the data of a scan. */
function afterScan(bytes: Buffer, start: number): number {
  for (let at = start; at < bytes.length;) {
    for (const stop = Math.min(bytes.length, at + JPEG_BYTEWISE); at < stop; at++) {
      if (bytes[at] === 0xff && endsScan(bytes[at + 1])) return at;
    }
    at = bytes.indexOf(0xff, at);
    if (at < 0) break;
  }
  return bytes.length;
}

function endsScan(marker: number | undefined): boolean {
  return marker !== undefined && marker !== 0 && !isRestart(marker);
}

function standsAlone(marker: number): boolean {
  return marker <= 0x01 || isRestart(marker) || marker === 0xd8;
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}

/** Compressed chunks: libpng unpacks up to 8 MB of each, so one counts as `PNG_COMPRESSED_PARTS` plain ones. */
const PNG_COMPRESSED = new Set(['zTXt', 'iTXt', 'iCCP']);
const PNG_COMPRESSED_PARTS = 16;
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
    metadataBytes += Math.min(length, bytes.length);
    metadataParts += PNG_COMPRESSED.has(type) ? PNG_COMPRESSED_PARTS : 1;
    if (metadataParts > limits.maxParts) break;
  }
  return { frames: Math.max(1, frames), metadataBytes, metadataParts, end: bytes.length };
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
  const read = directoryReader(bytes);
  for (let at = read.first(); at > 0 && !pages.has(at) && pages.size <= limits.maxFrames;) {
    pages.add(at);
    at = read.next(at);
  }
  return {
    frames: Math.max(1, pages.size),
    end: bytes.length,
    metadataBytes: 0,
    metadataParts: 0,
  };
}

/** Reads offsets of directories; 0 when there is none, or it lies outside the file. */
function directoryReader(bytes: Buffer) {
  const little = bytes[0] === 0x49;
  const isBig = (bytes[2] === 0x2b && little) || (bytes[3] === 0x2b && !little);
  const read = (at: number, size: number): number => {
    if (at + size > bytes.length) return 0;
    if (size === 8) return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
    return little ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  };
  // BigTIFF: offsets and counts have 8 bytes, entries have 20.
  const [first, count, entry, link] = isBig ? [8, 8, 20, 8] : [4, 2, 12, 4];
  return {
    first: () => read(first, link),
    next: (at: number) => read(at + count + read(at, count) * entry, link),
  };
}

interface Box {
  readonly type: string;
  /** Offsets of its content. */
  readonly start: number;
  readonly end: number;
}

/** An AVIF file is a series of boxes of length, type and content. An animation has a track with a table of frames. */
function readAvifStructure(bytes: Buffer): FileStructure {
  let end = 0;
  let frames = 1;
  for (const box of boxes(bytes, 0, bytes.length)) {
    end = box.end;
    if (AVIF_CONTAINERS.has(box.type)) frames = Math.max(frames, samples(bytes, box));
  }
  return { frames, metadataBytes: 0, metadataParts: 0, end: end || bytes.length };
}

/** Number of frames of the longest track in a box. */
function samples(bytes: Buffer, within: Box): number {
  let most = 0;
  for (const box of boxes(bytes, within.start, within.end)) {
    if (AVIF_CONTAINERS.has(box.type)) most = Math.max(most, samples(bytes, box));
    // Version and flags (4 bytes), common sample size or 0 (4 bytes), number of samples (4 bytes).
    if (box.type === 'stsz' && box.end - box.start >= 12) {
      most = Math.max(most, bytes.readUInt32BE(box.start + 8));
    }
  }
  return most;
}

function* boxes(bytes: Buffer, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to;) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    const short = bytes.readUInt32BE(at);
    const long = short === 1 && at + 16 <= to;
    const length = long ? Number(bytes.readBigUInt64BE(at + 8)) : short || to - at;
    const start = at + (long ? 16 : 8);
    // Without a valid type, or beyond the end, it is not a box.
    if (!/^[\w ©-]{4}$/.test(type) || at + length > to || at + length < start) return;
    at += length;
    yield { type, start, end: at };
  }
}

const READERS: Readonly<Record<ImageFormat, StructureReader>> = {
  avif: readAvifStructure,
  gif: readGifStructure,
  jpeg: readJpegStructure,
  png: readPngStructure,
  tiff: readTiffStructure,
  webp: readWebpStructure,
};
