import { type FileStructure, type StructureLimits } from './file-structure.js';

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const COMMENT = 0xfe;
/** Every 256th byte of compressed data is FF; where there are more on purpose, a call for each takes long. */
const STEPS = 32;

/**
 * A JPEG is segments of marker and length; compressed data follow a start of scan, in which FF is
 * followed by 00 or a restart marker. After the end cameras put more: depth, gain maps, moving pictures.
 */
export function readJpegStructure(bytes: Buffer, limits: StructureLimits): FileStructure {
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
