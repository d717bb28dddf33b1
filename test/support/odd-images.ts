import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/** How an image must end: faces found, no face in it, refused with this code, or not looked at. */
export type Expected = 'faces' | 'faceless' | 'skipped' | { readonly refused: string };

export interface OddImage {
  readonly name: string;
  readonly bytes: Buffer;
  readonly expected: Expected;
}

/** An archive of what people really have in theirs, made from one photograph that shows a face. */
export async function oddImages(photograph: Buffer): Promise<OddImage[]> {
  const photo = sharp(photograph).rotate();
  const jpeg = await photo.clone().jpeg({ quality: 92 }).toBuffer();
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
    refused('truncated.jpg', jpeg.subarray(0, jpeg.length >> 1), 'IMAGE_TRUNCATED'),
    refused('text.jpg', Buffer.from('this is no photograph\n'), 'IMAGE_FORMAT_UNSUPPORTED'),
    refused('empty.jpg', Buffer.alloc(0), 'IMAGE_EMPTY'),
    refused('bomb.png', pngOfZeros(30_000, 30_000), 'IMAGE_TOO_LARGE'),
    { name: 'notes.txt', bytes: Buffer.from('not an image by name'), expected: 'skipped' },
  ];
}

export async function writeImages(folder: string, images: readonly OddImage[]): Promise<void> {
  await Promise.all(images.map(({ name, bytes }) => writeFile(path.join(folder, name), bytes)));
}

function refused(name: string, bytes: Buffer, code: string): OddImage {
  return { name, bytes, expected: { refused: code } };
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

/** The same upright picture stored in each of the eight EXIF orientations. */
async function orientations(jpeg: Buffer): Promise<OddImage[]> {
  // How a camera held that way stores the pixels: the inverse of what a viewer must do.
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

/** A one-bit PNG of `width` × `height`: a hundred kilobytes that unpack to gigabytes of pixels. */
export function pngOfZeros(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc((Math.ceil(width / 8) + 1) * height);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
