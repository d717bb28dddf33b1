/**
 * Finds the largest JPEG that a camera has put into a RAW file: DNG, CR2, NEF, ARW, PEF and SRW (TIFF files),
 * ORF and RW2 (nearly TIFF files), CR3 (ISO media files) and RAF. Sensor data is not developed.
 */
import { boxes } from './iso-boxes.js';
import { readJpeg } from './jpeg-structure.js';
import {
  allDirectories,
  TIFF_TAG,
  type TiffDirectory,
  type TiffEntry,
  TiffReader,
} from './tiff-directories.js';

const MAX_DIRECTORIES = 64;
const MAX_PARTS = 4_096;
/** A smaller preview is a thumbnail: faces in it are too small. Longest side, pixels. */
const MIN_SIDE = 640;
/** EXIF orientations; 1 is upright. */
const UPRIGHT = 1;
const MAX_ORIENTATION = 8;
/** Compressions of a TIFF file that are JPEG. */
const JPEG_COMPRESSIONS = new Set([6, 7]);

/** Offsets of a part of the file. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** The embedded JPEG, with the orientation of the RAW file; null when there is none that is large enough. */
export function rawPreview(bytes: Buffer): Buffer | null {
  const { spans, orientation } = embedded(bytes);
  let best: Buffer | null = null;
  let pixels = 0;
  for (const { start, end } of spans) {
    const jpeg = bytes.subarray(start, end);
    if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) continue;
    const { width, height, isLossless, end: length } = readJpeg(jpeg, MAX_PARTS);
    if (isLossless || width * height <= pixels || Math.max(width, height) < MIN_SIDE) continue;
    best = jpeg.subarray(0, length);
    pixels = width * height;
  }
  return best && withOrientation(best, orientation);
}

interface Embedded {
  /** Parts of the file that may be JPEG. */
  readonly spans: readonly Span[];
  readonly orientation: number;
}

function embedded(bytes: Buffer): Embedded {
  if (bytes.toString('latin1', 4, 8) === 'ftyp') return inBoxes(bytes);
  if (bytes.toString('latin1', 0, 8) === 'FUJIFILM') return inFujifilm(bytes);
  const reader = new TiffReader(bytes);
  const directories = allDirectories(reader, MAX_DIRECTORIES);
  const spans = directories.flatMap((directory) => [
    ...inDirectory(reader, directory),
    ...inMakerNote(bytes, directory.entries.get(TIFF_TAG.makerNote)),
  ]);
  return { spans, orientation: orientationOf(reader, directories[0]) };
}

/** RAF: offset and length of the JPEG lie in the header. The JPEG has the EXIF data. */
function inFujifilm(bytes: Buffer): Embedded {
  if (bytes.length < 92) return { spans: [], orientation: UPRIGHT };
  const start = bytes.readUInt32BE(84);
  return { spans: [{ start, end: start + bytes.readUInt32BE(88) }], orientation: UPRIGHT };
}

function inDirectory(reader: TiffReader, directory: TiffDirectory): Span[] {
  const span = (offset: number, length: number): Span[] => {
    const start = reader.number(directory, offset);
    const bytes = reader.number(directory, length);
    return start === undefined || bytes === undefined ? [] : [{ start, end: start + bytes }];
  };
  const panasonic = directory.entries.get(TIFF_TAG.panasonicJpeg);
  const compression = reader.number(directory, TIFF_TAG.compression) ?? 0;
  return [
    ...span(TIFF_TAG.jpegOffset, TIFF_TAG.jpegBytes),
    ...(JPEG_COMPRESSIONS.has(compression) ? span(TIFF_TAG.stripOffsets, TIFF_TAG.stripBytes) : []),
    ...(panasonic?.size === 1
      ? [{ start: panasonic.at, end: panasonic.at + panasonic.count }]
      : []),
  ];
}

/** Names that Olympus writes at the start of its maker note, and the offset of the directory after them. */
const OLYMPUS_NOTES: readonly (readonly [string, number])[] = [
  ['OLYMPUS\0', 12],
  ['OM SYSTEM\0', 16],
];
const OLYMPUS_SETTINGS = 0x2020;
const OLYMPUS_PREVIEW = 0x0101;
const OLYMPUS_PREVIEW_BYTES = 0x0102;

/** ORF: the preview is named in Olympus' maker note, whose offsets count from its own start. */
function inMakerNote(bytes: Buffer, note: TiffEntry | undefined): Span[] {
  if (!note) return [];
  const name = bytes.toString('latin1', note.at, note.at + 16);
  const known = OLYMPUS_NOTES.find(([start]) => name.startsWith(start));
  if (!known) return [];
  const reader = new TiffReader(bytes, note.at, bytes[note.at + known[1] - 4] === 0x49);
  const settings = reader.number(reader.directory(known[1]), OLYMPUS_SETTINGS);
  if (settings === undefined) return [];
  const directory = reader.directory(settings);
  const start = reader.number(directory, OLYMPUS_PREVIEW);
  const length = reader.number(directory, OLYMPUS_PREVIEW_BYTES);
  if (start === undefined || length === undefined) return [];
  return [{ start: note.at + start, end: note.at + start + length }];
}

/** CR3: the first sample of a track is a JPEG of the full size; a `uuid` box has a smaller one. */
function inBoxes(bytes: Buffer): Embedded {
  const spans: Span[] = [];
  let orientation = UPRIGHT;
  for (const box of boxes(bytes, 0, bytes.length)) {
    if (box.type === 'uuid') spans.push(...firstJpeg(bytes, box));
    if (box.type !== 'moov') continue;
    for (const part of boxes(bytes, box.start, box.end)) {
      if (part.type === 'trak') spans.push(...firstSample(bytes, part));
      if (part.type !== 'uuid') continue;
      // After the 16 bytes of the id.
      for (const { type, start } of boxes(bytes, part.start + 16, part.end)) {
        if (type !== 'CMT1') continue;
        const reader = new TiffReader(bytes, start);
        orientation = orientationOf(reader, reader.directory(reader.first()));
      }
    }
  }
  return { spans, orientation };
}

function firstJpeg(bytes: Buffer, { start, end }: Span): Span[] {
  const at = bytes.subarray(start, end).indexOf(Buffer.from([0xff, 0xd8, 0xff]));
  return at < 0 ? [] : [{ start: start + at, end }];
}

const TRACK_CONTAINERS = new Set(['mdia', 'minf', 'stbl']);

/** The first sample of a track, by the tables of sizes and offsets. */
function firstSample(bytes: Buffer, track: Span): Span[] {
  let size = 0;
  let offset = 0;
  const visit = (within: Span): void => {
    for (const box of boxes(bytes, within.start, within.end)) {
      const { type, start, end } = box;
      if (TRACK_CONTAINERS.has(type)) visit(box);
      // Version and flags, size of all samples or 0, number of samples, sizes.
      if (type === 'stsz' && end - start >= 12) {
        size = bytes.readUInt32BE(start + 4);
        if (size === 0 && end - start >= 16) size = bytes.readUInt32BE(start + 12);
      }
      // Version and flags, number of offsets, offsets.
      if (type === 'stco' && end - start >= 12) offset = bytes.readUInt32BE(start + 8);
      if (type === 'co64' && end - start >= 16) {
        offset = Number(bytes.readBigUInt64BE(start + 8));
      }
    }
  };
  visit(track);
  return size > 0 && offset > 0 ? [{ start: offset, end: offset + size }] : [];
}

function orientationOf(reader: TiffReader, directory: TiffDirectory | undefined): number {
  const value = directory && reader.number(directory, TIFF_TAG.orientation);
  return value !== undefined && value >= UPRIGHT && value <= MAX_ORIENTATION ? value : UPRIGHT;
}

/** A JPEG with EXIF data that say how it must be turned, unless its own data say so. */
function withOrientation(jpeg: Buffer, orientation: number): Buffer {
  if (orientation === UPRIGHT || hasOrientation(jpeg)) return jpeg;
  const exif = Buffer.from('\xff\xe1\0\0Exif\0\0MM\0*\0\0\0\x08\0\x01', 'latin1');
  exif.writeUInt16BE(exif.length - 2 + 16, 2);
  const entry = Buffer.alloc(16);
  entry.writeUInt16BE(TIFF_TAG.orientation, 0);
  // One number of two bytes.
  entry.writeUInt16BE(3, 2);
  entry.writeUInt32BE(1, 4);
  entry.writeUInt16BE(orientation, 8);
  return Buffer.concat([jpeg.subarray(0, 2), exif, entry, jpeg.subarray(2)]);
}

const EXIF_MARKER = 0xe1;

function hasOrientation(jpeg: Buffer): boolean {
  for (let at = 2; at + 10 <= jpeg.length && jpeg[at] === 0xff;) {
    const marker = jpeg[at + 1]!;
    if (marker < 0xe0) return false;
    if (marker === EXIF_MARKER && jpeg.toString('latin1', at + 4, at + 8) === 'Exif') {
      const reader = new TiffReader(jpeg, at + 10);
      return reader.directory(reader.first()).entries.has(TIFF_TAG.orientation);
    }
    at += 2 + jpeg.readUInt16BE(at + 2);
  }
  return false;
}
