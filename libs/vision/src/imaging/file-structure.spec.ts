import { describe, expect, it } from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import { readStructure } from './file-structure.js';
import { sniffFormat } from './image-format.js';

const limits = { maxFrames: 1_000, maxParts: 4_096, maxMetadataBytes: 32 * 1024 ** 2 };
const background = { r: 90, g: 120, b: 30, alpha: 0.5 };
const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
const grain = {
  create: { width: 90, height: 70, channels: 3, background: 'grey', noise },
} as const;

function structure(bytes: Buffer) {
  return readStructure(bytes, sniffFormat(bytes)!, limits);
}

/** Frames of one picture, each of another colour. */
async function frames(count: number): Promise<Sharp> {
  const pictures = Array.from({ length: count }, (_, index) => {
    const create = { width: 8, height: 8, channels: 4, background } as const;
    return sharp({ create: { ...create, background: { ...background, r: index * 10 } } });
  });
  const files = await Promise.all(pictures.map((picture) => picture.png().toBuffer()));
  return sharp(files, { join: { animated: true } });
}

describe('readStructure', () => {
  it.each<[string, (image: Sharp) => Sharp]>([
    ['JPEG', (image) => image.jpeg({ quality: 100 })],
    ['progressive JPEG', (image) => image.jpeg({ progressive: true })],
    ['JPEG with metadata', (image) => image.withMetadata({ orientation: 6 }).jpeg()],
    ['PNG', (image) => image.png()],
    ['interlaced PNG', (image) => image.png({ progressive: true })],
    ['WebP', (image) => image.webp()],
    ['WebP with metadata', (image) => image.withMetadata({ orientation: 6 }).webp()],
    ['GIF', (image) => image.gif()],
    ['AVIF', (image) => image.avif({ effort: 0 })],
  ])('finds where a %s ends, whatever follows', async (_, encode) => {
    const bytes = await encode(sharp(grain)).toBuffer();
    expect(structure(bytes)).toMatchObject({ frames: 1, end: bytes.length });
    const more = Buffer.concat([bytes, Buffer.from('\0\0and more', 'latin1')]);
    expect(structure(more).end).toBe(bytes.length);
  });

  it.each<[string, (image: Sharp) => Sharp]>([
    ['GIF', (image) => image.gif()],
    ['WebP', (image) => image.webp()],
  ])('counts the frames of an animated %s', async (_, encode) => {
    expect(structure(await encode(await frames(7)).toBuffer()).frames).toBe(7);
  });

  it('counts the bytes of the colour profile and the EXIF data', async () => {
    const plain = structure(await sharp(grain).webp().toBuffer());
    const full = structure(await sharp(grain).withIccProfile('p3').webp().toBuffer());
    expect(plain.metadataParts).toBe(0);
    expect(full.metadataParts).toBeGreaterThan(0);
    expect(full.metadataBytes).toBeGreaterThan(200);
  });

  it.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)(
    'reads every beginning of a %s',
    async (format) => {
      const bytes = await sharp(grain).resize(24).toFormat(format).toBuffer();
      for (let length = 0; length < bytes.length; length += length < 400 ? 1 : 97) {
        const { end } = readStructure(bytes.subarray(0, length), format, limits);
        expect(end).toBeLessThanOrEqual(Math.max(length, 14));
      }
    },
  );
});
