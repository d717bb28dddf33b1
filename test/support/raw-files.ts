/** Builds RAW files as cameras do, around an embedded JPEG. Their sensor data are a few zeros. */
import { isoBox } from './hostile-files.js';

/** Tag, type (1 byte, 3 two bytes, 4 four bytes, 7 undefined, 13 directory), values. */
type Field = readonly [tag: number, type: 1 | 3 | 4 | 7 | 13, values: readonly number[] | Buffer];

const TYPE_BYTES = { 1: 1, 3: 2, 4: 4, 7: 1, 13: 4 } as const;
const CFA = 32_803;

/** Writes a little-endian file part by part, so that offsets are known when they are needed. */
class FileWriter {
  private readonly parts: Buffer[] = [];
  length = 0;

  /** @returns offset of the part */
  add(part: Buffer): number {
    const at = this.length;
    // Parts start at even offsets.
    this.parts.push(part, Buffer.alloc(part.length % 2));
    this.length += part.length + (part.length % 2);
    return at;
  }

  /** @param base offset from which the offsets in the directory count */
  directory(fields: readonly Field[], base = 0, next = 0): number {
    const entries = Buffer.alloc(2 + fields.length * 12 + 4);
    entries.writeUInt16LE(fields.length, 0);
    for (const [index, [tag, type, values]] of fields.entries()) {
      const at = 2 + index * 12;
      const data = Buffer.isBuffer(values) ? values : numbers(type, values);
      entries.writeUInt16LE(tag, at);
      entries.writeUInt16LE(type, at + 2);
      entries.writeUInt32LE(data.length / TYPE_BYTES[type], at + 4);
      if (data.length <= 4) data.copy(entries, at + 8);
      else entries.writeUInt32LE(this.add(data) - base, at + 8);
    }
    entries.writeUInt32LE(next, entries.length - 4);
    return this.add(entries);
  }

  finish(firstDirectory: number): Buffer {
    const file = Buffer.concat(this.parts);
    file.writeUInt32LE(firstDirectory, 4);
    return file;
  }
}

function numbers(type: Field[1], values: readonly number[]): Buffer {
  const size = TYPE_BYTES[type];
  const data = Buffer.alloc(values.length * size);
  for (const [index, value] of values.entries()) data.writeUIntLE(value, index * size, size);
  return data;
}

export interface RawFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * One file per format that holds `preview`; the orientation is in the RAW file and not in the preview, except
 * for RAF, which has it in the preview only.
 */
export function rawFiles(preview: Buffer, orientation = 1): RawFile[] {
  return [
    { name: 'photo.dng', bytes: dng(preview, orientation) },
    { name: 'photo.nef', bytes: nef(preview, orientation) },
    { name: 'photo.arw', bytes: arw(preview, orientation) },
    { name: 'photo.cr2', bytes: cr2(preview, orientation) },
    { name: 'photo.orf', bytes: orf(preview, orientation) },
    { name: 'photo.rw2', bytes: rw2(preview, orientation) },
    { name: 'photo.cr3', bytes: cr3(preview, orientation) },
  ];
}

/** Fujifilm's: the header names the JPEG, which has all EXIF data. */
export function raf(preview: Buffer): Buffer {
  const head = Buffer.alloc(108);
  head.write('FUJIFILMCCD-RAW 0201', 'latin1');
  head.writeUInt32BE(head.length, 84);
  head.writeUInt32BE(preview.length, 88);
  return Buffer.concat([head, preview, Buffer.alloc(64)]);
}

function start(magic: string): FileWriter {
  const file = new FileWriter();
  file.add(Buffer.from(`${magic}\0\0\0\0`, 'latin1'));
  return file;
}

function sensor(file: FileWriter): Field[] {
  return [
    [254, 4, [0]],
    [256, 4, [4]],
    [257, 4, [4]],
    [259, 3, [1]],
    [262, 3, [CFA]],
    [273, 4, [file.add(Buffer.alloc(32))]],
    [279, 4, [32]],
  ];
}

/** Adobe's: thumbnail in the first directory, JPEG preview and sensor data in others. */
function dng(preview: Buffer, orientation: number): Buffer {
  const file = start('II*\0');
  const raw = file.directory(sensor(file));
  const jpeg = file.directory([
    [254, 4, [1]],
    [259, 3, [7]],
    [262, 3, [6]],
    [273, 4, [file.add(preview)]],
    [279, 4, [preview.length]],
  ]);
  const first = file.directory([
    [254, 4, [1]],
    [256, 4, [2]],
    [257, 4, [2]],
    [259, 3, [1]],
    [262, 3, [2]],
    [273, 4, [file.add(Buffer.alloc(12))]],
    [274, 3, [orientation]],
    [279, 4, [12]],
    [330, 4, [raw, jpeg]],
    [50_706, 1, [1, 4, 0, 0]],
  ]);
  return file.finish(first);
}

/** Nikon's: a TIFF whose sub-directories have the JPEG and the sensor data. */
function nef(preview: Buffer, orientation: number): Buffer {
  const file = start('II*\0');
  const raw = file.directory(sensor(file));
  const jpeg = file.directory([
    [259, 3, [6]],
    [513, 4, [file.add(preview)]],
    [514, 4, [preview.length]],
  ]);
  const fields: Field[] = [
    [274, 3, [orientation]],
    [330, 4, [jpeg, raw]],
  ];
  return file.finish(file.directory(fields));
}

/** Sony's: the first directory names the JPEG. */
function arw(preview: Buffer, orientation: number): Buffer {
  const file = start('II*\0');
  const raw = file.directory(sensor(file));
  const fields: Field[] = [
    [259, 3, [6]],
    [274, 3, [orientation]],
    [330, 4, [raw]],
    [513, 4, [file.add(preview)]],
    [514, 4, [preview.length]],
  ];
  return file.finish(file.directory(fields));
}

/** Canon's until 2018: the JPEG is the strip of the first page, the sensor data are a lossless JPEG. */
function cr2(preview: Buffer, orientation: number): Buffer {
  const file = start('II*\0');
  file.add(Buffer.from('CR\x02\0\0\0\0\0', 'latin1'));
  const lossless = losslessJpeg();
  const raw = file.directory([
    [259, 3, [6]],
    [273, 4, [file.add(lossless)]],
    [279, 4, [lossless.length]],
  ]);
  const fields: Field[] = [
    [259, 3, [6]],
    [273, 4, [file.add(preview)]],
    [274, 3, [orientation]],
    [279, 4, [preview.length]],
  ];
  return file.finish(file.directory(fields, 0, raw));
}

/** The header of sensor data of 8000 × 6000 samples. */
function losslessJpeg(): Buffer {
  const frame = [
    0xff,
    0xc3,
    0,
    11,
    14,
    6000 >> 8,
    6000 & 255,
    8000 >> 8,
    8000 & 255,
    1,
    0,
    0x11,
    0,
  ];
  const scan = [0xff, 0xda, 0, 8, 1, 0, 0, 1, 0, 0];
  return Buffer.from([0xff, 0xd8, ...frame, ...scan, 0, 0, 0xff, 0xd9]);
}

/** Olympus': the maker note in the EXIF directory names the JPEG, with offsets from its own start. */
function orf(preview: Buffer, orientation: number): Buffer {
  const file = start('IIRO');
  const note = Buffer.from('OLYMPUS\0II\x03\0', 'latin1');
  // The note, its directory of one field, and the directory of the settings of two.
  const settingsAt = note.length + 2 + 12 + 4;
  const end = settingsAt + 2 + 24 + 4;
  const noteAt = file.length;
  const whole = Buffer.alloc(end);
  note.copy(whole);
  whole.writeUInt16LE(1, note.length);
  writeEntry(whole, note.length + 2, 0x2020, settingsAt);
  whole.writeUInt16LE(2, settingsAt);
  writeEntry(whole, settingsAt + 2, 0x0101, end + (end % 2));
  writeEntry(whole, settingsAt + 14, 0x0102, preview.length);
  file.add(whole);
  file.add(preview);
  const entry = Buffer.alloc(2 + 12 + 4);
  entry.writeUInt16LE(1, 0);
  entry.writeUInt16LE(0x927c, 2);
  entry.writeUInt16LE(7, 4);
  entry.writeUInt32LE(whole.length, 6);
  entry.writeUInt32LE(noteAt, 10);
  const exifAt = file.add(entry);
  const fields: Field[] = [
    [274, 3, [orientation]],
    [34_665, 4, [exifAt]],
  ];
  return file.finish(file.directory(fields));
}

function writeEntry(target: Buffer, at: number, tag: number, value: number): void {
  target.writeUInt16LE(tag, at);
  target.writeUInt16LE(4, at + 2);
  target.writeUInt32LE(1, at + 4);
  target.writeUInt32LE(value, at + 8);
}

/** Panasonic's: a field of the first directory is the JPEG. */
function rw2(preview: Buffer, orientation: number): Buffer {
  const file = start('IIU\0');
  const fields: Field[] = [
    [0x2e, 7, preview],
    [274, 3, [orientation]],
  ];
  return file.finish(file.directory(fields));
}

const CANON_ID = Buffer.from('85c0b687820f11e08111f4ce462b6a48', 'hex');

/** Canon's since 2018: an ISO media file whose first track has the JPEG as its only sample. */
function cr3(preview: Buffer, orientation: number): Buffer {
  const exif = start('II*\0');
  const settings = exif.finish(exif.directory([[274, 3, [orientation]]]));
  const build = (offset: number): Buffer => {
    const sizes = Buffer.alloc(16);
    sizes.writeUInt32BE(1, 8);
    sizes.writeUInt32BE(preview.length, 12);
    const offsets = Buffer.alloc(16);
    offsets.writeUInt32BE(1, 4);
    offsets.writeBigUInt64BE(BigInt(offset), 8);
    const tables = isoBox('stbl', isoBox('stsz', sizes), isoBox('co64', offsets));
    const track = isoBox('trak', isoBox('mdia', isoBox('minf', tables)));
    return Buffer.concat([
      isoBox('ftyp', Buffer.from('crx \0\0\0\x01crx isom', 'latin1')),
      isoBox('moov', isoBox('uuid', CANON_ID, isoBox('CMT1', settings)), track),
    ]);
  };
  const head = build(0);
  return Buffer.concat([build(head.length + 8), isoBox('mdat', preview)]);
}
