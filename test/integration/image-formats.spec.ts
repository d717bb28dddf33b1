import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ImageMagick, initializeImageMagick, MagickFormat } from '@imagemagick/magick-wasm';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { type DecodedImage, ImageDecoder } from '#vision/imaging/image-decoder.js';
import { jpegWith, pngChunk, pngWith, tiffOfSamples } from '../support/hostile-files.js';
import { raf, rawFiles } from '../support/raw-files.js';
import { withRestarts } from '../support/restart-jpeg.js';
import { DIST } from '../support/start-app.js';

const MIB = 1024 ** 2;
const FILES = path.join(DIST, '../test/support/files');
const [WIDTH, HEIGHT] = [640, 320];
const UPRIGHT = ['111', '100', '001'];

/** Left half red, right half blue, and a white corner at the top left: every turn shows. */
async function halves(): Promise<Buffer> {
  const half = { width: WIDTH / 2, height: HEIGHT, channels: 3, background: 'blue' } as const;
  const corner = { ...half, width: WIDTH / 4, height: HEIGHT / 4, background: 'white' };
  return sharp({ create: { ...half, width: WIDTH, background: 'red' } })
    .composite([
      { input: { create: half }, left: WIDTH / 2, top: 0 },
      { input: { create: corner }, left: 0, top: 0 },
    ])
    .removeAlpha()
    .png()
    .toBuffer();
}

describe('ImageDecoder', () => {
  let decoder: ImageDecoder;
  let png: Buffer;
  let jpeg: Buffer;

  beforeAll(async () => {
    png = await halves();
    jpeg = await encode(png, (image) => image);
    decoder = new ImageDecoder(
      {
        maxBytes: 100 * MIB,
        maxPixels: 120_000_000,
        maxPixelScans: 6_000_000_000,
        maxFrames: 1_000,
        workingSide: 2_560,
        pixelMemory: 64 * MIB,
        decodeMemory: 512 * MIB,
        decoders: 1,
        decodeTimeoutMs: 60_000,
      },
      () => 1,
    );
    await initializeImageMagick(
      await readFile(
        createRequire(import.meta.url).resolve('@imagemagick/magick-wasm/magick.wasm'),
      ),
    );
  }, 60_000);
  afterAll(() => decoder.close());

  function encode(picture: Buffer, change: (image: Sharp) => Sharp): Promise<Buffer> {
    return change(sharp(picture).jpeg({ quality: 95, chromaSubsampling: '4:4:4' })).toBuffer();
  }

  /** Size, mark, and colours at three places, each channel as bright or dark. */
  async function decode(bytes: Buffer) {
    return decoder.withImage(bytes, (image) => {
      const { width, height } = image.original;
      return Promise.resolve({
        width,
        height,
        incomplete: image.incomplete,
        colours: colours(image),
      });
    });
  }

  function colours({ width, height, offset }: DecodedImage): string[] {
    const data = new Uint8Array(decoder.arena.memory, offset, width * height * 3);
    const at = (x: number, y: number) => {
      const start = (Math.floor(y * height) * width + Math.floor(x * width)) * 3;
      return [...data.slice(start, start + 3)].map((value) => (value > 127 ? '1' : '0')).join('');
    };
    return [at(0.1, 0.1), at(0.1, 0.9), at(0.9, 0.9)];
  }

  const whole = { width: WIDTH, height: HEIGHT, incomplete: false, colours: UPRIGHT };

  it.each([
    ['a HEIC', 'halves.heic'],
    ['a HEIC of a camera that was held upright', 'turned.heic'],
  ])(
    'decodes %s',
    async (_, name) => {
      expect(await decode(await readFile(path.join(FILES, name)))).toEqual(whole);
    },
    60_000,
  );

  it.each([
    ['JPEG XL', MagickFormat.Jxl],
    ['JPEG 2000', MagickFormat.Jp2],
    ['JPEG 2000 without a container', MagickFormat.J2k],
    ['BMP', MagickFormat.Bmp],
  ])(
    'decodes a %s',
    async (_, format) => {
      const bytes = ImageMagick.read(png, (image) =>
        image.write(format, (data) => Buffer.from(data)),
      );
      expect(await decode(bytes)).toEqual(whole);
      const half = bytes.subarray(0, bytes.length >> 1);
      await expect(decode(half)).rejects.toMatchObject({
        code: expect.stringMatching(/^IMAGE_(DAMAGED|TRUNCATED)$/),
        class: 'quarantine',
      });
    },
    60_000,
  );

  it('decodes the embedded picture of RAW files', async () => {
    const files = [...rawFiles(jpeg), { name: 'photo.raf', bytes: raf(jpeg) }];
    expect(files).toHaveLength(8);
    for (const { name, bytes } of files) {
      expect({ name, ...(await decode(bytes)) }).toEqual({ name, ...whole });
    }
  });

  it('turns the embedded picture as the RAW file says', async () => {
    const stored = await encode(await sharp(png).rotate(270).png().toBuffer(), (image) => image);
    for (const { name, bytes } of rawFiles(stored, 6)) {
      expect({ name, ...(await decode(bytes)) }).toEqual({ name, ...whole });
    }
    // Its own EXIF data count, if it has any.
    const marked = await encode(stored, (image) => image.withMetadata({ orientation: 6 }));
    for (const { name, bytes } of [...rawFiles(marked, 6), { name: 'raf', bytes: raf(marked) }]) {
      expect({ name, ...(await decode(bytes)) }).toEqual({ name, ...whole });
    }
  });

  it('says what to do about a RAW file with a thumbnail only', async () => {
    const thumbnail = await sharp(png).resize(160, 80).jpeg().toBuffer();
    for (const { bytes } of rawFiles(thumbnail)) {
      await expect(decode(bytes)).rejects.toMatchObject({
        code: 'IMAGE_PREVIEW_MISSING',
        class: 'quarantine',
        message: expect.stringContaining('export it as JPEG'),
      });
    }
  });

  it('decodes a JPEG that lacks only its end marker, and marks it', async () => {
    expect(await decode(jpeg.subarray(0, -2))).toEqual({ ...whole, incomplete: true });
    const progressive = await encode(png, (image) => image.jpeg({ progressive: true }));
    expect(await decode(progressive.subarray(0, -2))).toEqual({ ...whole, incomplete: true });
    for (const share of [0.9, 0.5]) {
      const bytes = jpeg.subarray(0, Math.floor(jpeg.length * share));
      await expect(decode(bytes)).rejects.toMatchObject({ code: 'IMAGE_TRUNCATED' });
    }
  });

  it('decodes a JPEG whose last restart interval is cut as far as it goes', async () => {
    const { bytes } = withRestarts(160, 160, 20);
    const pixels = (file: Buffer) =>
      decoder.withImage(file, ({ incomplete, offset }) => {
        const rows = new Uint8Array(decoder.arena.memory, offset, 160 * 152 * 3);
        return Promise.resolve({ incomplete, rows: Buffer.from(rows) });
      });
    const complete = await pixels(bytes);
    const cut = await pixels(bytes.subarray(0, -6));
    expect([complete.incomplete, cut.incomplete]).toEqual([false, true]);
    expect(cut.rows.equals(complete.rows)).toBe(true);
    expect(new Set(complete.rows).size).toBeGreaterThan(8);
  });

  it('shrinks a photograph of 200 megapixels while it decodes it', async () => {
    const create = { width: 16_320, height: 12_240, channels: 3, background: '#c08040' } as const;
    const bytes = await sharp({ create, limitInputPixels: false }).jpeg({ quality: 50 }).toBuffer();
    const found = await decoder.withImage(bytes, ({ width, height, original, offset }) => {
      const pixel = [...new Uint8Array(decoder.arena.memory, offset, 3)];
      return Promise.resolve({
        width,
        height,
        original,
        bright: pixel.map((value) => value > 100),
      });
    });
    const original = { width: 16_320, height: 12_240 };
    expect(found).toEqual({ width: 2_560, height: 1_920, original, bright: [true, true, false] });
  }, 120_000);

  it.each([
    ['floats up to 1', 1, 'float'],
    ['floats up to 255', 255, 'float'],
    ['floats up to 4095', 4_095, 'float'],
    ['integers of 32 bits', 2 ** 32 - 1, 'uint'],
  ] as const)('scales a TIFF of %s', async (_, white, kind) => {
    const grey = await sharp(png).greyscale().raw().toBuffer();
    const samples = [...grey].map((value) => (value / 255) * white);
    const { colours } = await decode(tiffOfSamples(WIDTH, HEIGHT, samples, kind));
    expect(colours).toEqual(['111', '000', '000']);
    const colour = await sharp(png).raw().toBuffer();
    const all = [...colour].map((value) => (value / 255) * white);
    expect(await decode(tiffOfSamples(WIDTH, HEIGHT, all, kind))).toEqual(whole);
  });

  it('accepts the metadata that editors write', async () => {
    const part = Buffer.from('JP\0\0content credentials');
    const texts = Array.from({ length: 1_000 }, (_, index) =>
      pngChunk('tEXt', Buffer.from(`key ${index}\0value`, 'latin1')),
    );
    expect(await decode(jpegWith(jpeg, 0xeb, Array<Buffer>(600).fill(part)))).toEqual(whole);
    expect(await decode(pngWith(png, texts))).toEqual(whole);
  });

  it('does not refuse a comment that contains a script', async () => {
    const comment = [Buffer.from('made by <script>alert(1)</script>')];
    const commented = jpegWith(jpeg, 0xfe, comment);
    expect(await decode(commented)).toEqual(whole);
    // Phones append a second picture, whose comments are no content of the file either.
    expect(await decode(Buffer.concat([jpeg, commented]))).toEqual(whole);
    await expect(decode(Buffer.concat([jpeg, jpeg, ...comment]))).rejects.toMatchObject({
      code: 'IMAGE_POLYGLOT',
    });
  });
});
