import { type FileStructure, type StructureLimits } from './file-structure.js';

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const GRAPHIC_CONTROL = 0xf9;

/** A GIF is a screen descriptor, then extensions and frames, each with its chain of data blocks. */
export function readGifStructure(bytes: Buffer, limits: StructureLimits): FileStructure {
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
