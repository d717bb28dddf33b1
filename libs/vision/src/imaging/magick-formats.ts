import { type DecodedFormat } from './inspect-image.js';

/** Formats that sharp does not read and ImageMagick does. */
const MAGICK_FORMATS = ['heif', 'jxl', 'jp2', 'bmp'] as const;
export type MagickFormatName = (typeof MAGICK_FORMATS)[number];

export function isMagickFormat(format: DecodedFormat): format is MagickFormatName {
  return (MAGICK_FORMATS as readonly string[]).includes(format);
}
