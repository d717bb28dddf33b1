import { sniffFormat } from './sniff-format.js';

/** Whether a file is shorter than it says itself, for the formats whose decoders do not tell. */
export function endsEarly(bytes: Buffer): boolean {
  switch (sniffFormat(bytes)) {
    case 'png':
      return pngEndsEarly(bytes);
    case 'webp':
      return bytes.length < 12 || bytes.readUInt32LE(4) + 8 > bytes.length;
    case 'tiff':
      return tiffEndsEarly(bytes);
    default:
      return false;
  }
}

/** A PNG is a signature of 8 bytes, then chunks: length, type, that many bytes, checksum; IEND is the last. */
function pngEndsEarly(bytes: Buffer): boolean {
  for (let at = 8; at + 8 <= bytes.length; at += bytes.readUInt32BE(at) + 12) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return false;
  }
  return true;
}

/** A TIFF says in its header where its directory lies, which writers put behind the pixels. */
function tiffEndsEarly(bytes: Buffer): boolean {
  if (bytes.length < 8) return true;
  const directory = bytes[0] === 0x49 ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4);
  return directory >= bytes.length;
}
