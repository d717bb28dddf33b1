import { type ImageFormat } from './image-format.js';

/** What a file is made of, without a byte of it decoded. */
export interface FileStructure {
  /** Pictures or pages in it. */
  readonly frames: number;
  /** Bytes of all that is neither picture nor structure: profiles, texts, thumbnails. */
  readonly metadataBytes: number;
  /** How many pieces those bytes come in, as many more for each that is compressed as it costs. */
  readonly metadataParts: number;
  /** Where the file ends by its own account: what follows is no part of the picture. */
  readonly end: number;
}

/** Where counting stops: what has more is refused. */
interface StructureLimits {
  /** Frames or pages. */
  readonly maxFrames: number;
  /** Pieces of metadata. */
  readonly maxParts: number;
}

type StructureReader = (bytes: Buffer, limits: StructureLimits) => FileStructure;

/**
 * A damaged file ends where it is read to: the decoder says what is wrong with it. Counting stops just
 * above a limit.
 */
export function readStructure(
  bytes: Buffer,
  format: ImageFormat,
  limits: StructureLimits,
): FileStructure {
  return READERS[format](bytes, limits);
}

/** Boxes on the way to a track's table of sample sizes: one sample is one frame. */
const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const COMMENT = 0xfe;
/** Every 256th byte of compressed data is FF; where there are more on purpose, a call for each takes long. */
const STEPS = 32;

/**
 * A JPEG is segments of marker and length; compressed data follow a start of scan, in which FF is
 * followed by 00 or a restart marker. After the end cameras put more: depth, gain maps, moving pictures.
 */
function readJpegStructure(bytes: Buffer, limits: StructureLimits): FileStructure {
  let metadataBytes = 0;
  let metadataParts = 0;
  let end = bytes.length;
  for (let at = 2; at + 2 <= bytes.length;) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1]!;
    // FF may be repeated before a marker; some markers stand alone.
    if (marker === 0xff) at++;
    else if (marker === END_OF_IMAGE) {
      end = at + 2;
      break;
    } else if (standsAlone(marker)) at += 2;
    else {
      if (at + 4 > bytes.length) break;
      const length = bytes.readUInt16BE(at + 2);
      if ((marker >= 0xe0 && marker <= 0xef) || marker === COMMENT) {
        metadataBytes += length;
        if (++metadataParts > limits.maxParts) break;
      }
      at += 2 + length;
      if (marker === START_OF_SCAN) at = afterScan(bytes, at);
    }
  }
  return { frames: 1, metadataBytes, metadataParts, end };
}

/** Where the marker after a scan's data stands. */
function afterScan(bytes: Buffer, start: number): number {
  for (let at = start; at < bytes.length;) {
    for (const stop = Math.min(bytes.length, at + STEPS); at < stop; at++) {
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

/** libpng unpacks up to 8 MB of each: as much work as many plain ones. */
const COMPRESSED = new Set(['zTXt', 'iTXt', 'iCCP']);
const COMPRESSED_PARTS = 16;
const PICTURE = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND', 'acTL', 'fcTL', 'fdAT']);

/** A PNG is a signature of 8 bytes, then chunks: length, type, that many bytes, checksum; IEND is the last. */
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
    // Of an animated PNG: one for each frame.
    if (type === 'fcTL' && ++frames > limits.maxFrames) break;
    if (PICTURE.has(type)) continue;
    metadataBytes += Math.min(length, bytes.length);
    metadataParts += COMPRESSED.has(type) ? COMPRESSED_PARTS : 1;
    if (metadataParts > limits.maxParts) break;
  }
  return { frames: Math.max(1, frames), metadataBytes, metadataParts, end: bytes.length };
}

const METADATA = new Set(['ICCP', 'EXIF', 'XMP ']);

/** A WebP is a RIFF file: its length, then chunks of type, length and that many bytes, padded to even. */
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
    if (!METADATA.has(type)) continue;
    metadataBytes += Math.min(length, bytes.length);
    if (++metadataParts > limits.maxParts) break;
  }
  return { frames: Math.max(1, frames), metadataBytes, metadataParts, end };
}

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const GRAPHIC_CONTROL = 0xf9;

/** A GIF is a screen descriptor, then extensions and frames, each with its chain of data blocks. */
function readGifStructure(bytes: Buffer, limits: StructureLimits): FileStructure {
  let frames = 0;
  let metadataBytes = 0;
  let metadataParts = 0;
  let at = 13 + paletteBytes(bytes[10] ?? 0);
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === TRAILER)
      return { frames: Math.max(1, frames), metadataBytes, metadataParts, end: at + 1 };
    if (kind === EXTENSION) {
      const end = afterBlocks(bytes, at + 2);
      if (bytes[at + 1] !== GRAPHIC_CONTROL) {
        metadataBytes += end - at;
        if (++metadataParts > limits.maxParts) break;
      }
      at = end;
    } else if (kind === IMAGE) {
      if (++frames > limits.maxFrames) break;
      at = afterBlocks(bytes, at + 11 + paletteBytes(bytes[at + 9] ?? 0));
    } else {
      break;
    }
  }
  return { frames: Math.max(1, frames), metadataBytes, metadataParts, end: bytes.length };
}

/** @param flags of the screen or of a frame */
function paletteBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** Blocks are a length and that many bytes; the last has none. */
function afterBlocks(bytes: Buffer, start: number): number {
  let at = start;
  for (let length = bytes[at]; length; length = bytes[at]) at += length + 1;
  return at + 1;
}

/**
 * A TIFF's header leads to the first page's directory, each directory to the next. Where the file ends
 * it does not say. A directory that was met before ends the chain.
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

/** Offsets of directories; 0 for none, or none within the file. */
function directoryReader(bytes: Buffer) {
  const little = bytes[0] === 0x49;
  const isBig = (bytes[2] === 0x2b && little) || (bytes[3] === 0x2b && !little);
  const read = (at: number, size: number): number => {
    if (at + size > bytes.length) return 0;
    if (size === 8) return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
    return little ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  };
  // BigTIFF: everything that counts bytes has 8 bytes, entries have 20.
  const [first, count, entry, link] = isBig ? [8, 8, 20, 8] : [4, 2, 12, 4];
  return {
    first: () => read(first, link),
    next: (at: number) => read(at + count + read(at, count) * entry, link),
  };
}

interface Box {
  readonly type: string;
  /** Where its content starts and ends. */
  readonly start: number;
  readonly end: number;
}

/** An AVIF is boxes of length, type and content; a moving one has a track whose tables count its frames. */
function readAvifStructure(bytes: Buffer): FileStructure {
  let end = 0;
  let frames = 1;
  for (const box of boxes(bytes, 0, bytes.length)) {
    end = box.end;
    if (CONTAINERS.has(box.type)) frames = Math.max(frames, samples(bytes, box));
  }
  return { frames, metadataBytes: 0, metadataParts: 0, end: end || bytes.length };
}

/** Frames of the longest track in a box. */
function samples(bytes: Buffer, within: Box): number {
  let most = 0;
  for (const box of boxes(bytes, within.start, within.end)) {
    if (CONTAINERS.has(box.type)) most = Math.max(most, samples(bytes, box));
    // Version and flags, the size of all samples or 0, then how many there are.
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
    // What has no name or does not fit is no box.
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
