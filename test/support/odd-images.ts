import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { isoBox } from './hostile-files.js';
import { hostileImages } from './hostile-images.js';
import { rawFiles } from './raw-files.js';

/** Expected result of an image: faces found, no face, refused with this code, or skipped. */
export type Expected = 'faces' | 'faceless' | 'skipped' | { readonly refused: string };

export interface OddImage {
  readonly name: string;
  readonly bytes: Buffer;
  readonly expected: Expected;
}

/** An archive with kinds of files that real archives contain, made from one photograph. */
export async function oddImages(photograph: Buffer): Promise<OddImage[]> {
  const photo = sharp(photograph).rotate();
  const jpeg = await photo.clone().jpeg({ quality: 92 }).toBuffer();
  const thumbnail = await photo.clone().resize(160).jpeg().toBuffer();
  const face = (name: string, bytes: Buffer): OddImage => ({ name, bytes, expected: 'faces' });
  return [
    face('plain.jpg', jpeg),
    face('copy of plain.jpg', jpeg),
    face('photo.png', await photo.clone().png().toBuffer()),
    face('photo.webp', await photo.clone().webp().toBuffer()),
    face('photo.avif', await photo.clone().avif({ effort: 2 }).toBuffer()),
    face('grey.jpg', await photo.clone().toColourspace('b-w').jpeg().toBuffer()),
    face('cmyk.jpg', await photo.clone().toColourspace('cmyk').jpeg().toBuffer()),
    face('50-megapixels.jpg', await enlarge(jpeg, 50_000_000)),
    ...(await orientations(jpeg)),
    ...oddNames().map((name) => face(name, jpeg)),
    { name: 'one-pixel.png', bytes: await blank(1, 1), expected: 'faceless' },
    { name: 'sky.png', bytes: await blank(640, 480), expected: 'faceless' },
    face('without end marker.jpg', jpeg.subarray(0, -2)),
    ...rawFiles(jpeg).map(({ name, bytes }) => face(name, bytes)),
    ...rawFiles(thumbnail)
      .slice(0, 1)
      .map(({ bytes }) => refused('thumbnail only.dng', bytes, 'IMAGE_PREVIEW_MISSING')),
    refused('truncated.jpg', jpeg.subarray(0, jpeg.length >> 1), 'IMAGE_TRUNCATED'),
    refused('text.jpg', Buffer.from('this is no photograph\n'), 'IMAGE_FORMAT_UNSUPPORTED'),
    refused('empty.jpg', Buffer.alloc(0), 'IMAGE_EMPTY'),
    ...(await hostileImages()).map(({ name, bytes, code }) => refused(name, bytes, code)),
    ...harmlessTails(jpeg),
    { name: 'notes.txt', bytes: Buffer.from('not an image by name'), expected: 'skipped' },
  ];
}

export async function writeImages(folder: string, images: readonly OddImage[]): Promise<void> {
  await Promise.all(images.map(({ name, bytes }) => writeFile(path.join(folder, name), bytes)));
}

function refused(name: string, bytes: Buffer, code: string): OddImage {
  return { name, bytes, expected: { refused: code } };
}

/** Data that cameras and editors append to an image file. Decoders ignore it. */
function harmlessTails(jpeg: Buffer): OddImage[] {
  const movie = isoBox('ftyp', Buffer.from('mp42\0\0\0\0isommp42', 'latin1'));
  const tails: [string, Buffer][] = [
    ['padding', Buffer.alloc(4_096)],
    ['second picture', jpeg],
    ['moving picture', Buffer.concat([movie, isoBox('mdat', Buffer.alloc(50_000, 1))])],
    [
      "maker's trailer",
      Buffer.from('\0\0\x01\x0aImage_UTC_Data1700000000000SEFHk\0\0\0SEFT', 'latin1'),
    ],
  ];
  return tails.map(([name, tail]) => ({
    name: `with ${name}.jpg`,
    bytes: Buffer.concat([jpeg, tail]),
    expected: 'faces',
  }));
}

function oddNames(): string[] {
  return [
    'with space.jpg',
    'é composed.jpg',
    'e\u0301 decomposed.jpg',
    '#1.jpg',
    '100%.jpg',
    '%41.jpg',
    'a+b.jpg',
    'new\nline.jpg',
    'UPPER.JPG',
  ];
}

/** The same upright image, stored in each of the eight EXIF orientations. */
async function orientations(jpeg: Buffer): Promise<OddImage[]> {
  // Stores the pixels as a rotated camera would, which is the inverse of what a viewer must do.
  const stored = [
    (image: Sharp) => image,
    (image: Sharp) => image.flop(),
    (image: Sharp) => image.rotate(180),
    (image: Sharp) => image.flip(),
    (image: Sharp) => image.rotate(270).flop(),
    (image: Sharp) => image.rotate(270),
    (image: Sharp) => image.rotate(90).flop(),
    (image: Sharp) => image.rotate(90),
  ];
  return Promise.all(
    stored.map(async (turn, index) => {
      const pixels = await turn(sharp(jpeg)).png().toBuffer();
      const orientation = index + 1;
      const bytes = await sharp(pixels).jpeg().withMetadata({ orientation }).toBuffer();
      return { name: `orientation-${orientation}.jpg`, bytes, expected: 'faces' as const };
    }),
  );
}

async function enlarge(jpeg: Buffer, pixels: number): Promise<Buffer> {
  const { width, height } = await sharp(jpeg).metadata();
  const scale = Math.sqrt(pixels / (width * height));
  return sharp(jpeg)
    .resize(Math.ceil(width * scale), Math.ceil(height * scale), { kernel: 'linear' })
    .jpeg()
    .toBuffer();
}

function blank(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#88aacc' } })
    .png()
    .toBuffer();
}
