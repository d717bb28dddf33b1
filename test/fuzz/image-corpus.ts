import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { photos } from '../support/photos.js';

const VARIANTS: readonly ((image: Sharp) => Sharp)[] = [
  (image) => image.jpeg(),
  (image) => image.jpeg({ progressive: true }).withMetadata({ orientation: 6 }),
  (image) => image.toColourspace('cmyk').jpeg(),
  (image) => image.withIccProfile('p3').jpeg({ chromaSubsampling: '4:4:4' }),
  (image) => image.png({ compressionLevel: 1 }).withMetadata({ orientation: 3 }),
  (image) => image.png({ progressive: true }),
  (image) => image.png({ palette: true, colours: 16 }),
  (image) => image.toColourspace('rgb16').png({ compressionLevel: 1 }),
  (image) => image.webp(),
  (image) => image.webp({ lossless: true }).withMetadata({ orientation: 8 }),
  (image) => image.ensureAlpha(0.5).webp({ alphaQuality: 50 }),
  (image) => image.gif(),
  (image) => image.tiff({ compression: 'none' }),
  (image) => image.tiff({ compression: 'lzw', predictor: 'horizontal' }),
  (image) => image.tiff({ compression: 'jpeg' }).withIccProfile('p3'),
  (image) => image.tiff({ compression: 'deflate', tile: true, tileWidth: 32, tileHeight: 32 }),
  (image) => image.tiff({ compression: 'packbits', pyramid: true }),
  (image) => image.toColourspace('b-w').tiff({ compression: 'ccittfax4', bitdepth: 1 }),
  (image) => image.avif({ effort: 1 }),
  (image) => image.ensureAlpha(0.5).avif({ effort: 1, bitdepth: 8 }),
];
/** Longest side, pixels: small files are changed where it matters, and quickly decoded. */
const SIDE = 96;

/** Real photographs in every format and most of the variants of each that are decoded. */
export async function imageCorpus(): Promise<readonly Buffer[]> {
  const { faceApi } = await photos();
  const names = (await readdir(faceApi)).filter((name) => name.endsWith('.jpg')).sort();
  const pictures = await Promise.all(
    names.slice(0, 2).map((name) => shrunk(path.join(faceApi, name))),
  );
  const still = pictures.flatMap((picture) =>
    VARIANTS.map((encode) => encode(sharp(picture)).toBuffer()),
  );
  const moving = (['gif', 'webp'] as const).map((format) =>
    sharp(pictures, { join: { animated: true } })
      .toFormat(format)
      .toBuffer(),
  );
  return Promise.all([...still, ...moving]);
}

async function shrunk(file: string): Promise<Buffer> {
  return sharp(await readFile(file))
    .resize(SIDE, SIDE)
    .png()
    .toBuffer();
}
