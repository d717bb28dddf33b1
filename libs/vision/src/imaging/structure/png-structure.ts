import { type FileStructure, type StructureLimits } from './file-structure.js';

/** libpng unpacks up to 8 MB of each: as much work as many plain ones. */
const COMPRESSED = new Set(['zTXt', 'iTXt', 'iCCP']);
const COMPRESSED_PARTS = 16;
const PICTURE = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND', 'acTL', 'fcTL', 'fdAT']);

/** A PNG is a signature of 8 bytes, then chunks: length, type, that many bytes, checksum; IEND is the last. */
export function readPngStructure(bytes: Buffer, limits: StructureLimits): FileStructure {
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
