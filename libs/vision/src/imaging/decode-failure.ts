import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { sniffFormat } from './image-format.js';
import { imageError } from './image-limits.js';

/** Messages of the JPEG, GIF and AVIF decoders for a truncated file. The other decoders do not report it. */
const ENDS_TOO_SOON = /premature end|unexpected end/i;

/** Converts an error of a decoder into a PipelineError with a stable code. */
export function decodeFailure(error: unknown, bytes: Buffer): PipelineError {
  const message = error instanceof Error ? error.message : String(error);
  if (ENDS_TOO_SOON.test(message) || endsEarly(bytes)) {
    return imageError('IMAGE_TRUNCATED', 'the file ends before the end of the picture', error);
  }
  // libvips collects errors line by line; the last one stopped the decoder.
  const reason = message.trim().split('\n').at(-1)!;
  return imageError('IMAGE_DAMAGED', `the file is damaged: ${reason}`, error);
}

/** Whether a file is shorter than its structure requires, for formats whose decoders do not report it. */
function endsEarly(bytes: Buffer): boolean {
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

/** Without its last chunk, IEND. */
function pngEndsEarly(bytes: Buffer): boolean {
  for (let at = 8; at + 8 <= bytes.length; at += bytes.readUInt32BE(at) + 12) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return false;
  }
  return true;
}

/** The header of a TIFF file has the offset of its directory, which is usually written after the pixels. */
function tiffEndsEarly(bytes: Buffer): boolean {
  if (bytes.length < 8) return true;
  const directory = bytes[0] === 0x49 ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4);
  return directory >= bytes.length;
}
