import { type FileStructure, type StructureLimits } from './file-structure.js';
import { type ImageFormat } from '../sniff-format.js';
import { readAvifStructure } from './avif-structure.js';
import { readGifStructure } from './gif-structure.js';
import { readJpegStructure } from './jpeg-structure.js';
import { readPngStructure } from './png-structure.js';
import { readTiffStructure } from './tiff-structure.js';
import { readWebpStructure } from './webp-structure.js';

type StructureReader = (bytes: Buffer, limits: StructureLimits) => FileStructure;

const READERS: Readonly<Record<ImageFormat, StructureReader>> = {
  avif: readAvifStructure,
  gif: readGifStructure,
  jpeg: readJpegStructure,
  png: readPngStructure,
  tiff: readTiffStructure,
  webp: readWebpStructure,
};

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
