import { type FileStructure, type StructureLimits } from './file-structure.js';

const METADATA = new Set(['ICCP', 'EXIF', 'XMP ']);

/** A WebP is a RIFF file: its length, then chunks of type, length and that many bytes, padded to even. */
export function readWebpStructure(bytes: Buffer, limits: StructureLimits): FileStructure {
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
