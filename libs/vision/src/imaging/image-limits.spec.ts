import { describe, expect, it } from '@jest/globals';
import sharp, { type Metadata } from 'sharp';
import {
  checkBytes,
  checkPixels,
  decodeBytesPerPixel,
  decodedPixels,
  workingSize,
} from './image-limits.js';

const picture = (channels: 1 | 3 | 4) =>
  sharp({
    create: { width: 8, height: 8, channels: channels === 4 ? 4 : 3, background: '#8899aa' },
  }).toColourspace(channels === 1 ? 'b-w' : 'srgb');

const cost = async (file: Promise<Buffer>) =>
  decodeBytesPerPixel(await sharp(await file).metadata());

describe('decodeBytesPerPixel', () => {
  it('is the size of the output for formats that are stored row by row', async () => {
    expect(await cost(picture(3).jpeg().toBuffer())).toBe(3);
    expect(await cost(picture(4).png().toBuffer())).toBe(3);
    expect(await cost(picture(4).webp().toBuffer())).toBe(3);
    expect(await cost(picture(3).tiff().toBuffer())).toBe(3);
  });

  it('is larger for formats that a decoder holds whole', async () => {
    expect(await cost(picture(3).avif().toBuffer())).toBe(18);
    expect(await cost(picture(3).gif().toBuffer())).toBe(5);
    expect(await cost(picture(3).jpeg({ progressive: true }).toBuffer())).toBe(7);
    expect(await cost(picture(4).png({ progressive: true }).toBuffer())).toBe(5);
  });

  it('takes the bytes per sample of an interlaced picture into account', async () => {
    const deep = picture(4).toColourspace('rgb16').png({ progressive: true }).toBuffer();
    expect(await cost(deep)).toBe(9);
    const grey = { format: 'png', channels: 1, depth: 'uchar', isProgressive: true } as Metadata;
    expect(decodeBytesPerPixel(grey)).toBe(3);
  });
});

const limits = {
  maxBytes: 1_000,
  maxPixels: 120_000_000,
  maxPixelScans: 6_000_000_000,
  maxFrames: 100,
  workingSide: 2_560,
};

function check(width: number, height: number, isShrunk = false): void {
  const size = { width, height };
  const working = workingSize(width, height, limits.workingSide);
  checkPixels(size, decodedPixels(size, working, isShrunk), limits);
}

describe('image limits', () => {
  it('reject an empty file', () => {
    expect(() => checkBytes(0, limits)).toThrow(expect.objectContaining({ code: 'IMAGE_EMPTY' }));
  });

  it('reject a file above the limit and name the setting', () => {
    expect(() => checkBytes(1_001, limits)).toThrow(/MAX_IMAGE_BYTES/);
    expect(() => checkBytes(1_000, limits)).not.toThrow();
  });

  it('accept a photograph of 50 megapixels and reject one of 900', () => {
    expect(() => check(8_660, 5_774)).not.toThrow();
    expect(() => check(30_000, 30_000)).toThrow(
      expect.objectContaining({ code: 'IMAGE_TOO_LARGE', class: 'quarantine', httpStatus: 413 }),
    );
  });
});

describe('decodedPixels', () => {
  it('counts what a decoder that shrinks really decodes', () => {
    const size = { width: 16_320, height: 12_240 };
    const working = workingSize(16_320, 12_240, 2_560);
    expect(decodedPixels(size, working, false)).toBe(16_320 * 12_240);
    expect(decodedPixels(size, working, true)).toBe((16_320 * 12_240) / 16);
    expect(() => check(16_320, 12_240)).toThrow(/baseline JPEG/);
    expect(() => check(16_320, 12_240, true)).not.toThrow();
  });

  it('never counts less for a picture that is not larger than the working size', () => {
    const size = { width: 2_000, height: 1_000 };
    expect(decodedPixels(size, size, true)).toBe(2_000_000);
  });
});

describe('workingSize', () => {
  it('keeps the size of a small picture', () => {
    expect(workingSize(640, 480, 2_560)).toEqual({ width: 640, height: 480 });
  });

  it('shrinks a large picture to the longest side', () => {
    expect(workingSize(6_000, 4_000, 2_560)).toEqual({ width: 2_560, height: 1_707 });
  });

  it('keeps every side at least one pixel long', () => {
    expect(workingSize(100_000, 3, 2_560)).toEqual({ width: 2_560, height: 1 });
  });
});
