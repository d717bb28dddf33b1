import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp, { type FormatEnum } from 'sharp';
import { harden } from './sharp-codec.js';

const DECODED = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'] as const;
const SVG = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
);

/** Loaders of files that this build of libvips has. */
function loaders(): string[] {
  return (Object.keys(sharp.format) as (keyof FormatEnum)[]).filter((name) => {
    const { input } = sharp.format[name];
    return name !== 'raw' && (input.file || input.buffer);
  });
}

describe('a hardened decoder', () => {
  let folder: string;
  let vips: string;
  const samples = new Map<string, Buffer>();

  beforeAll(async () => {
    // Other tests of this process may have hardened it.
    sharp.unblock({ operation: ['VipsForeignLoad'] });
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-loaders-'));
    vips = path.join(folder, 'picture.v');
    const picture = sharp(SVG);
    await picture.clone().toFile(vips);
    for (const format of DECODED) {
      const options = format === 'heif' ? ({ compression: 'av1' } as const) : {};
      samples.set(format, await picture.clone().toFormat(format, options).toBuffer());
    }
    await picture.clone().toFile(path.join(folder, 'picture.png'));
    // Before hardening each format can be read, so that the rejections below are caused by it.
    for (const file of [SVG, gzipSync(SVG), vips, path.join(folder, 'picture.png')]) {
      expect((await sharp(file).metadata()).width).toBe(9);
    }
    harden();
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('has no loader that this test does not know', () => {
    expect(new Set(loaders())).toEqual(new Set([...DECODED, 'svg', 'vips']));
  });

  it.each(DECODED)('reads %s from memory', async (format) => {
    expect((await sharp(samples.get(format)).metadata()).width).toBe(9);
  });

  it.each(['SVG', 'gzipped SVG'])('does not read %s', async (name) => {
    const file = name === 'SVG' ? SVG : gzipSync(SVG);
    await expect(sharp(file).metadata()).rejects.toThrow('unsupported image format');
  });

  it('does not read a file by its path in any format', async () => {
    for (const file of [vips, path.join(folder, 'picture.png')]) {
      await expect(sharp(file).metadata()).rejects.toThrow();
    }
  });
});
