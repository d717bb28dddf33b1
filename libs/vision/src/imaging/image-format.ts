import { brands } from './iso-boxes.js';
import { allDirectories, TIFF_TAG, TiffReader } from './tiff-directories.js';

/**
 * Formats that are decoded. The first bytes of a file decide its format, never its name. `raw` stands for the
 * RAW formats of cameras, of which the embedded JPEG is decoded.
 */
export const IMAGE_FORMATS = [
  'jpeg',
  'png',
  'webp',
  'gif',
  'tiff',
  'avif',
  'heif',
  'jxl',
  'jp2',
  'bmp',
  'raw',
] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

/** Brands of ISO media files that contain AV1 pictures. */
const AVIF_BRANDS = new Set(['avif', 'avis']);
/** Brands of ISO media files that contain pictures of other codecs, mostly HEVC: what iPhones write. */
const HEIF_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1']);
/** Canon's CR3. */
const CR3_BRAND = 'crx ';
/** Sizes of the header after the file header of a BMP. */
const BMP_HEADERS = new Set([12, 40, 52, 56, 64, 108, 124]);
/** Olympus' ORF and Panasonic's RW2 have a magic number of their own; Fujifilm's RAF has a name. */
const RAW_MAGIC = /^(IIR[OS]|MMOR|IIU\0|FUJIFILMCCD-RAW )/;
/** Values of the photometric interpretation of sensor data. */
const SENSOR_DATA = new Set([32_803, 34_892]);
const MAX_DIRECTORIES = 64;

/** Detects the format by its magic number; null when it is not supported. */
export function sniffFormat(bytes: Uint8Array): ImageFormat | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 64));
  const text = head.toString('latin1');
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'gif';
  if (RAW_MAGIC.test(text)) return 'raw';
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return hasSensorData(bytes) ? 'raw' : 'tiff';
  if (text.startsWith('\xff\x0a') || text.startsWith('\0\0\0\x0cJXL \r\n\x87\n')) return 'jxl';
  if (text.startsWith('\xff\x4f\xff\x51') || text.startsWith('\0\0\0\x0cjP  \r\n\x87\n')) {
    return 'jp2';
  }
  if (text.startsWith('BM') && head.length >= 26 && BMP_HEADERS.has(head.readUInt32LE(14))) {
    return 'bmp';
  }
  const found = head.length >= 12 ? brands(head) : [];
  if (found.some((brand) => AVIF_BRANDS.has(brand))) return 'avif';
  if (found[0] === CR3_BRAND) return 'raw';
  if (found.some((brand) => HEIF_BRANDS.has(brand))) return 'heif';
  return null;
}

/** DNG, CR2, NEF, ARW and PEF are TIFF files, so only their directories tell. */
function hasSensorData(bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.toString('latin1', 8, 10) === 'CR') return true;
  const reader = new TiffReader(file);
  return allDirectories(reader, MAX_DIRECTORIES).some(
    (directory) =>
      directory.entries.has(TIFF_TAG.dngVersion) ||
      SENSOR_DATA.has(reader.number(directory, TIFF_TAG.photometric) ?? 0),
  );
}
