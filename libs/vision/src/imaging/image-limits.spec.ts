import { describe, expect, it } from '@jest/globals';
import sharp, { type Metadata } from 'sharp';
import { decodeBytesPerPixel, checkBytes, checkPixels, workingSize } from './image-limits.js';

const picture = (channels: 1 | 3 | 4) =>
  sharp({
    create: { width: 8, height: 8, channels: channels === 4 ? 4 : 3, background: '#8899aa' },
  }).toColourspace(channels === 1 ? 'b-w' : 'srgb');

const cost = async (file: Promise<Buffer>) =>
  decodeBytesPerPixel(await sharp(await file).metadata());

describe('decodeBytesPerPixel', () => {
  it('is that of rows for what is stored row by row, whatever its channels', async () => {
    expect(await cost(picture(3).jpeg().toBuffer())).toBe(3);
    expect(await cost(picture(4).png().toBuffer())).toBe(3);
    expect(await cost(picture(4).webp().toBuffer())).toBe(3);
    expect(await cost(picture(3).tiff().toBuffer())).toBe(3);
  });

  it('is more for what a decoder holds as a whole', async () => {
    expect(await cost(picture(3).avif().toBuffer())).toBe(18);
    expect(await cost(picture(3).gif().toBuffer())).toBe(5);
    expect(await cost(picture(3).jpeg({ progressive: true }).toBuffer())).toBe(7);
    expect(await cost(picture(4).png({ progressive: true }).toBuffer())).toBe(5);
  });

  it('counts the samples of an interlaced picture with their bytes', async () => {
    const deep = picture(4).toColourspace('rgb16').png({ progressive: true }).toBuffer();
    expect(await cost(deep)).toBe(9);
    const grey = { format: 'png', channels: 1, depth: 'uchar', isProgressive: true } as Metadata;
    expect(decodeBytesPerPixel(grey)).toBe(3);
  });
});

const limits = { maxBytes: 1_000, maxPixels: 120_000_000, maxFrames: 100, workingSide: 2_560 };

describe('image limits', () => {
  it('refuse an empty file', () => {
    expect(() => checkBytes(0, limits)).toThrow(expect.objectContaining({ code: 'IMAGE_EMPTY' }));
  });

  it('refuse a file above the limit and name the setting', () => {
    expect(() => checkBytes(1_001, limits)).toThrow(/MAX_IMAGE_BYTES/);
    expect(() => checkBytes(1_000, limits)).not.toThrow();
  });

  it('let a photograph of 50 megapixels pass and refuse one of 900', () => {
    expect(() => checkPixels(8_660, 5_774, limits)).not.toThrow();
    expect(() => checkPixels(30_000, 30_000, limits)).toThrow(
      expect.objectContaining({ code: 'IMAGE_TOO_LARGE', class: 'quarantine', httpStatus: 413 }),
    );
  });
});

describe('workingSize', () => {
  it('leaves a small picture as it is', () => {
    expect(workingSize(640, 480, 2_560)).toEqual({ width: 640, height: 480 });
  });

  it('shrinks a large one to the longest side', () => {
    expect(workingSize(6_000, 4_000, 2_560)).toEqual({ width: 2_560, height: 1_707 });
  });

  it('never shrinks a side to nothing', () => {
    expect(workingSize(100_000, 3, 2_560)).toEqual({ width: 2_560, height: 1 });
  });
});
