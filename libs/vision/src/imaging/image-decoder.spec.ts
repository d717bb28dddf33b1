import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import { type DecodedImage, ImageDecoder, type Picture } from './image-decoder.js';

const MIB = 1024 ** 2;

/** Left half red, right half blue, and a white corner at the top left: every turn shows. */
async function picture(width: number, height: number): Promise<Buffer> {
  const half = { width: width / 2, height, channels: 3, background: 'blue' } as const;
  const corner = {
    width: width / 4,
    height: height / 4,
    channels: 3,
    background: 'white',
  } as const;
  return sharp({ create: { ...half, width, background: 'red' } })
    .composite([
      { input: { create: half }, left: width / 2, top: 0 },
      { input: { create: corner }, left: 0, top: 0 },
    ])
    .png()
    .toBuffer();
}

describe('ImageDecoder', () => {
  let decoder: ImageDecoder;
  let png: Buffer;

  beforeAll(async () => {
    png = await picture(64, 32);
    decoder = new ImageDecoder(
      {
        maxBytes: 10 * MIB,
        maxPixels: 1_000_000,
        maxFrames: 1_000,
        maxPixelScans: 100_000_000,
        workingSide: 512,
        pixelMemory: MIB,
        decodeMemory: 8 * MIB,
        decoders: 1,
        decodeTimeoutMs: 30_000,
      },
      ({ width }) => (width > 300 ? 2.5 : 1),
    );
  });
  afterAll(() => decoder.close());

  /** Colours at shares of the picture, each channel as bright or dark. */
  async function colours(
    bytes: Buffer,
    choose = (image: DecodedImage): Picture => image,
  ): Promise<string[]> {
    return decoder.withImage(bytes, (image) => {
      const { width, height, offset } = choose(image);
      const data = new Uint8Array(decoder.arena.memory, offset, width * height * 3);
      const at = (x: number, y: number) => {
        const start = (Math.floor(y * height) * width + Math.floor(x * width)) * 3;
        return [...data.slice(start, start + 3)].map((value) => (value > 127 ? '1' : '0')).join('');
      };
      return Promise.resolve([at(0.1, 0.1), at(0.1, 0.9), at(0.9, 0.9)]);
    });
  }

  const upright = ['111', '100', '001'];
  const encode = (change: (image: Sharp) => Sharp) => change(sharp(png)).toBuffer();

  it.each<[string, (image: Sharp) => Sharp]>([
    ['PNG', (image) => image.png()],
    ['JPEG', (image) => image.jpeg({ quality: 95, chromaSubsampling: '4:4:4' })],
    ['WebP', (image) => image.webp({ lossless: true })],
    ['AVIF', (image) => image.avif({ quality: 90, chromaSubsampling: '4:4:4' })],
    ['GIF', (image) => image.gif()],
    ['TIFF', (image) => image.tiff()],
    ['PNG of 16 bits', (image) => image.toColourspace('rgb16').png()],
    ['PNG with a palette', (image) => image.png({ palette: true })],
    ['progressive JPEG', (image) => image.jpeg({ progressive: true, quality: 95 })],
    ['CMYK JPEG', (image) => image.toColourspace('cmyk').jpeg({ quality: 95 })],
    ['JPEG with a wide-gamut profile', (image) => image.withIccProfile('p3').jpeg({ quality: 95 })],
  ])('decodes a %s to sRGB', async (_, change) => {
    expect(await colours(await encode(change))).toEqual(upright);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns EXIF orientation %i upright', async (orientation) => {
    // How a camera held that way stores the pixels: the inverse of what a viewer must do.
    const stored: ((image: Sharp) => Sharp)[] = [
      (image) => image,
      (image) => image.flop(),
      (image) => image.rotate(180),
      (image) => image.flip(),
      (image) => image.rotate(270).flop(),
      (image) => image.rotate(270),
      (image) => image.rotate(90).flop(),
      (image) => image.rotate(90),
    ];
    const turned = await stored[orientation - 1]!(sharp(png)).png().toBuffer();
    const bytes = await sharp(turned)
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .withMetadata({ orientation })
      .toBuffer();
    expect(await colours(bytes)).toEqual(upright);
    const size = ({ width, height, original }: DecodedImage) => ({ width, height, original });
    const found = await decoder.withImage(bytes, (image) => Promise.resolve(size(image)));
    expect(found).toEqual({ width: 64, height: 32, original: { width: 64, height: 32 } });
  });

  it('converts greyscale to three channels', async () => {
    const bytes = await encode((image) => image.greyscale().jpeg());
    expect((await colours(bytes))[0]).toBe('111');
  });

  it('puts transparent pictures on mid-grey', async () => {
    const background = { r: 255, g: 0, b: 0, alpha: 0 };
    const create = { width: 8, height: 8, channels: 4, background } as const;
    const bytes = await sharp({ create }).png().toBuffer();
    const pixel = await decoder.withImage(bytes, ({ offset }) =>
      Promise.resolve([...new Uint8Array(decoder.arena.memory, offset, 3)]),
    );
    expect(pixel).toEqual([127, 127, 127]);
  });

  it('makes a smaller copy of a large picture, and none of a small one', async () => {
    const bytes = await picture(400, 200);
    const coarse = await decoder.withImage(bytes, (image) => Promise.resolve(image.coarse));
    expect(coarse).toMatchObject({ width: 160, height: 80 });
    expect(await colours(bytes, (image) => image.coarse)).toEqual(upright);
    expect(await colours(bytes)).toEqual(upright);
    const small = await decoder.withImage(png, (image) => Promise.resolve(image));
    expect(small.coarse.offset).toBe(small.offset);
  });

  it('shrinks a large picture while decoding and reports its original size', async () => {
    const large = await picture(1_200, 600);
    const bytes = await sharp(large).jpeg().toBuffer();
    await decoder.withImage(bytes, (image) => {
      expect(image).toMatchObject({ width: 512, height: 256 });
      expect(image.original).toEqual({ width: 1_200, height: 600 });
      return Promise.resolve();
    });
    expect(await colours(bytes)).toEqual(upright);
  });

  it('decodes a picture of one pixel', async () => {
    const bytes = await encode((image) => image.resize(1, 1).png());
    expect(await decoder.withImage(bytes, (image) => Promise.resolve(image.width))).toBe(1);
  });

  it.each<[string, () => Promise<Buffer>, string]>([
    ['an empty file', () => Promise.resolve(Buffer.alloc(0)), 'IMAGE_EMPTY'],
    ['text', () => Promise.resolve(Buffer.from('no photograph')), 'IMAGE_FORMAT_UNSUPPORTED'],
    [
      'SVG, which could read files',
      () => Promise.resolve(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')),
      'IMAGE_FORMAT_UNSUPPORTED',
    ],
    ['half a JPEG', () => half((image) => image.jpeg()), 'IMAGE_TRUNCATED'],
    ['half a PNG', () => half((image) => image.png()), 'IMAGE_TRUNCATED'],
    ['half a WebP', () => half((image) => image.webp()), 'IMAGE_TRUNCATED'],
    ['half a GIF', () => half((image) => image.gif()), 'IMAGE_TRUNCATED'],
    ['half a TIFF', () => half((image) => image.tiff()), 'IMAGE_TRUNCATED'],
    ['half an AVIF', () => half((image) => image.avif()), 'IMAGE_TRUNCATED'],
    [
      'more pixels than the limit',
      () =>
        sharp({ create: { width: 1_001, height: 1_000, channels: 3, background: 'red' } })
          .png()
          .toBuffer(),
      'IMAGE_TOO_LARGE',
    ],
    ['a PNG with a hole in it', () => damagedPng(), 'IMAGE_DAMAGED'],
  ])('rejects %s', async (_, make, code) => {
    const bytes = await make();
    await expect(decoder.withImage(bytes, () => Promise.resolve())).rejects.toMatchObject({
      code,
      stage: 'decode',
      class: 'quarantine',
    });
  });

  it('releases the memory, also after a rejected file', () => {
    expect(decoder.arena.freeBytes).toBe(MIB);
  });

  /** The first half of a file of noise, which no codec can make small. */
  async function half(change: (image: Sharp) => Sharp): Promise<Buffer> {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const create = { width: 128, height: 128, channels: 3, background: 'grey', noise } as const;
    const whole = await change(sharp({ create })).toBuffer();
    return whole.subarray(0, whole.length >> 1);
  }

  function damagedPng(): Promise<Buffer> {
    const bytes = Buffer.from(png);
    return Promise.resolve(bytes.fill(0x5a, bytes.indexOf('IDAT') + 8, bytes.indexOf('IEND') - 8));
  }
});
