/** Decodes HEIF, JPEG XL, JPEG 2000 and BMP with ImageMagick, which is compiled to WebAssembly. */
import {
  type IMagickImage,
  ImageMagick,
  initializeImageMagick,
  MagickFormat,
  MagickImageInfo,
  MagickReadSettings,
} from '@imagemagick/magick-wasm';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { decodeFailure } from './decode-failure.js';
import { type Size } from './geometry.js';
import { type MagickFormatName } from './magick-formats.js';
import { type PictureHeader, shrinkRaw } from './sharp-codec.js';

/** The format is always named, so that no other reader of ImageMagick sees the file. */
const READERS: Readonly<Record<MagickFormatName, MagickFormat>> = {
  heif: MagickFormat.Heic,
  jxl: MagickFormat.Jxl,
  jp2: MagickFormat.Jp2,
  bmp: MagickFormat.Bmp,
};
const JPEG_2000_CODESTREAM = Buffer.from([0xff, 0x4f, 0xff, 0x51]);
/** Measured with a HEIC of 12 megapixels: planes of the codec, ImageMagick's pixels, and a copy of them. */
const BYTES_PER_PIXEL = 20;

let ready: Promise<void> | undefined;

/** Loads the library, which takes about a second. */
function load(): Promise<void> {
  ready ??= (async () => {
    const file = createRequire(import.meta.url).resolve('@imagemagick/magick-wasm/magick.wasm');
    await initializeImageMagick(await readFile(file));
  })();
  return ready;
}

/** @throws PipelineError IMAGE_TRUNCATED or IMAGE_DAMAGED */
export async function readMagickHeader(
  bytes: Buffer,
  format: MagickFormatName,
): Promise<PictureHeader> {
  await load();
  try {
    const { width, height } = MagickImageInfo.create(bytes, settings(bytes, format));
    return { width, height, bytesPerPixel: BYTES_PER_PIXEL };
  } catch (error) {
    throw decodeFailure(error, bytes);
  }
}

/**
 * Decodes to upright 8-bit pixels of exactly `size`, rows of RGB triples, as decodeImage does. The codecs turn
 * pictures upright themselves. A colour profile is not applied.
 * @throws PipelineError IMAGE_TRUNCATED or IMAGE_DAMAGED
 */
export async function decodeMagick(
  bytes: Buffer,
  format: MagickFormatName,
  size: Size,
): Promise<Buffer> {
  await load();
  try {
    const { data, ...raw } = ImageMagick.read(bytes, settings(bytes, format), samplesOf);
    return await shrinkRaw(data, raw, size);
  } catch (error) {
    throw decodeFailure(error, bytes);
  }
}

function settings(bytes: Buffer, format: MagickFormatName): MagickReadSettings {
  const isCodestream = format === 'jp2' && bytes.subarray(0, 4).equals(JPEG_2000_CODESTREAM);
  return new MagickReadSettings({
    format: isCodestream ? MagickFormat.J2k : READERS[format],
    frameIndex: 0,
  });
}

/** All pixels, as bytes. ImageMagick itself would shrink them several times slower than sharp. */
function samplesOf(image: IMagickImage) {
  const { width, height, hasAlpha } = image;
  const mapping = hasAlpha ? 'RGBA' : 'RGB';
  const data = image.getPixels((pixels) => pixels.toByteArray(0, 0, width, height, mapping));
  if (!data) throw new Error('ImageMagick returns no pixels');
  return { data, width, height, channels: hasAlpha ? (4 as const) : (3 as const) };
}
