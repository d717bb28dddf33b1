/** Formats that are decoded. The first bytes of a file decide its format, never its name. */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif';

/** Brands of ISO media files that contain AV1 pictures. HEIC (HEVC) is not supported. */
const AVIF_BRANDS = new Set(['avif', 'avis']);

/** Detects the format by its magic number; null when it is not supported. */
export function sniffFormat(bytes: Uint8Array): ImageFormat | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 64));
  const text = head.toString('latin1');
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'gif';
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return 'tiff';
  if (text.slice(4, 8) === 'ftyp' && brands(head).some((brand) => AVIF_BRANDS.has(brand))) {
    return 'avif';
  }
  return null;
}

/** Major and compatible brands of an `ftyp` box: size, 'ftyp', major, minor version, compatible, … */
function brands(head: Buffer): string[] {
  const end = Math.min(head.readUInt32BE(0), head.length);
  const found = [head.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) found.push(head.toString('latin1', at, at + 4));
  return found;
}
