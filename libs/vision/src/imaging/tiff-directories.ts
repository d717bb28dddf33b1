/**
 * Reads the directories of a TIFF file, of EXIF data, and of the RAW formats that are built like TIFF. The
 * files may be malicious: every directory is visited once, and their number is limited.
 */

/** Tags that are read. */
export const TIFF_TAG = {
  compression: 0x0103,
  photometric: 0x0106,
  stripOffsets: 0x0111,
  orientation: 0x0112,
  stripBytes: 0x0117,
  subDirectories: 0x014a,
  jpegOffset: 0x0201,
  jpegBytes: 0x0202,
  panasonicJpeg: 0x002e,
  exifDirectory: 0x8769,
  makerNote: 0x927c,
  dngVersion: 0xc612,
} as const;

/** A field of a directory. */
export interface TiffEntry {
  /** Number of values. */
  readonly count: number;
  /** Offset of the first value, and its size in bytes. */
  readonly at: number;
  readonly size: number;
}

export interface TiffDirectory {
  readonly entries: ReadonlyMap<number, TiffEntry>;
  /** Offset of the next directory; 0 after the last. */
  readonly next: number;
}

/** Bytes per value of each field type; 0 for a type that does not exist. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
/** More values of one field, or more fields of one directory, are not read. */
const MAX_VALUES = 64;
const MAX_ENTRIES = 1_000;

export class TiffReader {
  private readonly isBig: boolean;

  /**
   * @param base offset of the header, from which all offsets in the file count
   * @param little whether numbers start with their lowest byte; by default the header says so
   */
  constructor(
    private readonly bytes: Buffer,
    private readonly base = 0,
    private readonly little = bytes[base] === 0x49,
  ) {
    this.isBig = bytes[base + (little ? 2 : 3)] === 0x2b;
  }

  /** Offset of the first directory; 0 when there is none. */
  first(): number {
    return this.isBig ? this.read(8, 8) : this.read(4, 4);
  }

  /** Offset of the directory after the one at `at`, without reading its fields. */
  next(at: number): number {
    const [count, entry, link] = this.layout;
    return this.read(at + count + this.read(at, count) * entry, link);
  }

  directory(at: number): TiffDirectory {
    const [countBytes, entryBytes, link] = this.layout;
    const entries = new Map<number, TiffEntry>();
    const declared = Math.min(this.read(at, countBytes), MAX_ENTRIES);
    const first = at + countBytes;
    for (let index = 0; index < declared; index++) {
      const start = first + index * entryBytes;
      if (this.base + start + entryBytes > this.bytes.length) break;
      const size = TYPE_BYTES[this.read(start + 2, 2)] ?? 0;
      const count = this.read(start + 4, link);
      const inline = start + 4 + link;
      const fits = size * count <= link;
      entries.set(this.read(start, 2), {
        count,
        size,
        at: fits ? inline : this.read(inline, link),
      });
    }
    return { entries, next: this.next(at) };
  }

  /** The numbers of a field; empty when it has none. */
  numbers(entry: TiffEntry | undefined): number[] {
    if (!entry || ![1, 2, 4, 8].includes(entry.size)) return [];
    const count = Math.min(entry.count, MAX_VALUES);
    return Array.from({ length: count }, (_, i) =>
      this.read(entry.at + i * entry.size, entry.size),
    );
  }

  /** First number of a field. */
  number(directory: TiffDirectory, tag: number): number | undefined {
    return this.numbers(directory.entries.get(tag))[0];
  }

  /** An unsigned number; 0 when it lies outside the file. */
  private read(at: number, size: number): number {
    const from = this.base + at;
    if (from < 0 || from + size > this.bytes.length) return 0;
    if (size === 8) {
      return Number(
        this.little ? this.bytes.readBigUInt64LE(from) : this.bytes.readBigUInt64BE(from),
      );
    }
    return this.little ? this.bytes.readUIntLE(from, size) : this.bytes.readUIntBE(from, size);
  }

  /** Bytes of the number of entries, of an entry, and of an offset. BigTIFF has larger ones. */
  private get layout(): readonly [number, number, number] {
    return this.isBig ? [8, 20, 8] : [2, 12, 4];
  }
}

/** Directories of a file with RAW data: chains of pages, and the directories that they point to. */
export function allDirectories(reader: TiffReader, limit: number): TiffDirectory[] {
  const visited = new Set<number>();
  const found: TiffDirectory[] = [];
  const waiting = [reader.first()];
  for (let at = waiting.shift(); at !== undefined && found.length < limit; at = waiting.shift()) {
    if (at === 0 || visited.has(at)) continue;
    visited.add(at);
    const directory = reader.directory(at);
    found.push(directory);
    waiting.push(...reader.numbers(directory.entries.get(TIFF_TAG.subDirectories)));
    waiting.push(...reader.numbers(directory.entries.get(TIFF_TAG.exifDirectory)));
    waiting.push(directory.next);
  }
  return found;
}
