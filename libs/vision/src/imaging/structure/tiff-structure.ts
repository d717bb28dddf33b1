import { type FileStructure, type StructureLimits } from './file-structure.js';

/**
 * A TIFF's header leads to the first page's directory, each directory to the next. Where the file ends
 * it does not say. A directory that was met before ends the chain.
 */
export function readTiffStructure(bytes: Buffer, limits: StructureLimits): FileStructure {
  const pages = new Set<number>();
  const read = directoryReader(bytes);
  for (let at = read.first(); at > 0 && !pages.has(at) && pages.size <= limits.maxFrames;) {
    pages.add(at);
    at = read.next(at);
  }
  return {
    ...{ frames: Math.max(1, pages.size), end: bytes.length },
    ...{ metadataBytes: 0, metadataParts: 0 },
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
