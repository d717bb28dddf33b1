import { describe, expect, it } from '@jest/globals';
import sharp, { type Metadata } from 'sharp';
import { decodeBytesPerPixel } from './decode-memory.js';

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
