import { deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import {
  apngOfFrames,
  avifSequenceOf,
  gifOfFrames,
  jpegWith,
  pngChunk,
  pngOfZeros,
  pngWith,
  tiffOf,
  webpOfFrames,
  zipOfNothing,
} from './hostile-files.js';
import { progressiveJpeg } from './progressive-jpeg.js';

export interface HostileImage {
  readonly name: string;
  readonly bytes: Buffer;
  /** The error code with which it must be refused. */
  readonly code: string;
}

const MIB = 1024 ** 2;
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">
  <image xlink:href="file:///etc/passwd"/><image xlink:href="http://127.0.0.1:1/"/></svg>`;
const HTML = '<!doctype html><script>alert(1)</script>';

/** Files that try to exhaust a decoder, to make it read other resources, or to be valid in two formats. */
export async function hostileImages(): Promise<HostileImage[]> {
  const create = { width: 64, height: 48, channels: 3, background: '#88aacc' } as const;
  const image = sharp({ create });
  const [png, jpeg, webp, avif, gif] = await Promise.all([
    image.clone().png().toBuffer(),
    image.clone().jpeg().toBuffer(),
    image.clone().webp().toBuffer(),
    image.clone().avif({ effort: 0 }).toBuffer(),
    image.clone().gif().toBuffer(),
  ]);
  return [
    ...named('IMAGE_TOO_LARGE', [
      ['bomb.png', pngOfZeros(30_000, 30_000)],
      ['thread.png', pngOfZeros(1, 100_000_000)],
      ['bomb.tif', tiffOfZeros(20_000, 20_000)],
      ['bomb.avif', withAvifSize(avif, 30_000, 30_000)],
    ]),
    ...named('IMAGE_TOO_MANY_FRAMES', [
      ['10000 frames.gif', gifOfFrames(10_000)],
      ['10000 frames.png', apngOfFrames(png, 10_000)],
      ['10000 frames.webp', webpOfFrames(webp, 10_000, 64, 48)],
      ['10000 frames.avif', avifSequenceOf(10_000)],
      ['10000 pages.tif', tiffOf(Array(10_000).fill({ width: 1, height: 1, data: PIXEL }))],
    ]),
    ...named('IMAGE_METADATA_TOO_LARGE', [
      ['texts that unpack.png', pngWith(png, zippedTexts(40, 64 * MIB))],
      ['a million texts.png', pngWith(png, Array<Buffer>(1e6).fill(pngChunk('tEXt', KEYED)))],
      ['large EXIF.png', pngWith(png, [pngChunk('eXIf', Buffer.alloc(33 * MIB))])],
      ['large EXIF.jpg', jpegWith(jpeg, 0xe1, Array(4_097).fill(Buffer.from('Exif\0\0')))],
      ['large profile.jpg', jpegWith(jpeg, 0xe2, Array(520).fill(Buffer.alloc(65_000)))],
    ]),
    ...named('IMAGE_TOO_MANY_SCANS', [['882 scans.jpg', progressiveJpeg(10_900, 10_900, 882)]]),
    ...named('IMAGE_FORMAT_UNSUPPORTED', [
      ['SVG.png', Buffer.from(SVG)],
      ['SVG.jpg', Buffer.from(`<?xml version="1.0"?>\n${SVG}`)],
      ['SVGZ.webp', gzipSync(SVG)],
      ['PDF in front.jpg', Buffer.concat([Buffer.from('%PDF-1.7\n'), jpeg])],
      ['HTML in front.png', Buffer.concat([Buffer.from(HTML), png])],
    ]),
    ...named('IMAGE_POLYGLOT', [
      ['with ZIP.jpg', Buffer.concat([jpeg, Buffer.alloc(2_000), zipOfNothing()])],
      ['with ZIP.tif', Buffer.concat([tiffOfZeros(8, 8), zipOfNothing()])],
      ['with JAR.gif', Buffer.concat([gif, zipOfNothing()])],
      ['with HTML.jpg', Buffer.concat([jpeg, Buffer.from(HTML)])],
      ['with HTML.png', Buffer.concat([png, Buffer.from(HTML)])],
      ['with HTML.webp', Buffer.concat([webp, Buffer.from(HTML)])],
      ['with HTML.avif', Buffer.concat([avif, Buffer.from(HTML)])],
      ['with PDF.jpg', Buffer.concat([jpeg, Buffer.from('\n%PDF-1.7\n')])],
      ['PDF inside.jpg', jpegWith(jpeg, 0xfe, [Buffer.from('%PDF-1.7\n')])],
      ['with script.gif', Buffer.concat([gifOfFrames(1, 0x2a2f, 1), Buffer.from('*/=1;alert(1)')])],
      ['with program.png', Buffer.concat([png, Buffer.from('MZ\x90\0', 'latin1')])],
    ]),
    ...named('IMAGE_DAMAGED', [
      ['no height.jpg', withJpegSize(jpeg, 64, 0)],
      ['no width.png', pngOfZeros(0, 64)],
      ['65535 wide and high.jpg', withJpegSize(jpeg, 65_535, 65_535)],
      ['1000 channels.tif', tiffOf([{ width: 1, height: 1, samples: 1_000, data: PIXEL }])],
    ]),
  ];
}

const PIXEL = deflateSync(Buffer.alloc(1));
const KEYED = Buffer.from('key\0value', 'latin1');

function named(code: string, files: readonly (readonly [string, Buffer])[]): HostileImage[] {
  return files.map(([name, bytes]) => ({ name, bytes, code }));
}

function tiffOfZeros(width: number, height: number): Buffer {
  return tiffOf([{ width, height, data: deflateSync(Buffer.alloc(width * height)) }]);
}

function zippedTexts(count: number, bytes: number): Buffer[] {
  const text = Buffer.concat([Buffer.from('key\0\0', 'latin1'), deflateSync(Buffer.alloc(bytes))]);
  return Array<Buffer>(count).fill(pngChunk('zTXt', text));
}

function withAvifSize(avif: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(avif);
  const property = changed.indexOf('ispe');
  changed.writeUInt32BE(width, property + 8);
  changed.writeUInt32BE(height, property + 12);
  return changed;
}

function withJpegSize(jpeg: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(jpeg);
  const frame = changed.indexOf(Buffer.from([0xff, 0xc0]));
  changed.writeUInt16BE(height, frame + 5);
  changed.writeUInt16BE(width, frame + 7);
  return changed;
}
