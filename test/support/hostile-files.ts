import { crc32, deflateSync } from 'node:zlib';

const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** A black PNG with one bit per pixel: a hundred kilobytes can unpack to gigabytes of pixels. */
export function pngOfZeros(width: number, height: number): Buffer {
  const rows = Buffer.alloc((Math.ceil(width / 8) + 1) * height);
  return pngFile([
    pngHeader(width, height),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

export function pngFile(chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([PNG_SIGNATURE, ...chunks]);
}

/** One bit per pixel, black or white. */
export function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  return pngChunk('IHDR', header);
}

export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

/** A PNG with chunks put between its header and the rest. */
export function pngWith(png: Buffer, chunks: readonly Buffer[]): Buffer {
  const afterHeader = 8 + 25;
  return Buffer.concat([png.subarray(0, afterHeader), ...chunks, png.subarray(afterHeader)]);
}

/** An animated PNG: the image of `png`, then frames of one pixel. */
export function apngOfFrames(png: Buffer, count: number): Buffer {
  const control = Buffer.alloc(8);
  control.writeUInt32BE(count, 0);
  const frames = Array.from({ length: count }, (_, index) => {
    const frame = Buffer.alloc(26);
    frame.writeUInt32BE(index, 0);
    frame.writeUInt32BE(1, 4);
    frame.writeUInt32BE(1, 8);
    return pngChunk('fcTL', frame);
  });
  return pngWith(png, [pngChunk('acTL', control), ...frames]);
}

/** A JPEG with segments of this marker put before all others. */
export function jpegWith(jpeg: Buffer, marker: number, contents: readonly Buffer[]): Buffer {
  const segments = contents.map((content) => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(content.length + 2, 2);
    return Buffer.concat([head, content]);
  });
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

/** An animated GIF of frames of one pixel, on a canvas of `width` × `height`. */
export function gifOfFrames(count: number, width = 1, height = 1): Buffer {
  const header = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1');
  header.writeUInt16LE(width, 6);
  header.writeUInt16LE(height, 8);
  const control = '\x21\xf9\x04\0\0\0\0\0';
  const frame = Buffer.from(`${control}\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0`, 'latin1');
  return Buffer.concat([header, ...Array<Buffer>(count).fill(frame), Buffer.from(';')]);
}

/** An animated WebP in which each frame is the image of `webp`, a simple file. */
export function webpOfFrames(webp: Buffer, count: number, width: number, height: number): Buffer {
  const picture = webp.subarray(12);
  const rect = Buffer.alloc(16);
  rect.writeUIntLE(width - 1, 6, 3);
  rect.writeUIntLE(height - 1, 9, 3);
  const frame = riffChunk('ANMF', Buffer.concat([rect, picture]));
  const chunks = [
    animatedCanvas(width, height),
    riffChunk('ANIM', Buffer.alloc(6)),
    ...Array<Buffer>(count).fill(frame),
  ];
  return riffFile(chunks);
}

function animatedCanvas(width: number, height: number): Buffer {
  const canvas = Buffer.alloc(10);
  canvas[0] = 0x02;
  canvas.writeUIntLE(width - 1, 4, 3);
  canvas.writeUIntLE(height - 1, 7, 3);
  return riffChunk('VP8X', canvas);
}

function riffFile(chunks: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from('WEBP'), ...chunks]);
  const head = Buffer.from('RIFF\0\0\0\0');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

function riffChunk(type: string, data: Buffer): Buffer {
  const head = Buffer.from(`${type}\0\0\0\0`);
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

interface TiffPage {
  readonly width: number;
  readonly height: number;
  readonly samples?: number;
  readonly data: Buffer;
}

/**
 * A little-endian TIFF of 8-bit pages in deflated strips of their whole height.
 * @param loop whether the last directory leads back to the first
 */
export function tiffOf(pages: readonly TiffPage[], loop = false): Buffer {
  const parts: Buffer[] = [Buffer.from('II*\0\0\0\0\0', 'latin1')];
  let at = 8;
  let link: { readonly buffer: Buffer; readonly offset: number } = { buffer: parts[0]!, offset: 4 };
  let first = 0;
  for (const { width, height, samples = 1, data } of pages) {
    const strip = Buffer.concat([data, Buffer.alloc(data.length % 2)]);
    const entries = [
      [256, width],
      [257, height],
      [258, 8],
      [259, 8],
      [262, samples >= 3 ? 2 : 1],
      [273, at],
      [277, samples],
      [278, height],
      [279, data.length],
    ] as const;
    const directory = Buffer.alloc(2 + entries.length * 12 + 4);
    directory.writeUInt16LE(entries.length, 0);
    for (const [index, [tag, value]] of entries.entries()) {
      directory.writeUInt16LE(tag, 2 + index * 12);
      directory.writeUInt16LE(4, 4 + index * 12);
      directory.writeUInt32LE(1, 6 + index * 12);
      directory.writeUInt32LE(value, 10 + index * 12);
    }
    link.buffer.writeUInt32LE(at + strip.length, link.offset);
    first ||= at + strip.length;
    link = { buffer: directory, offset: directory.length - 4 };
    parts.push(strip, directory);
    at += strip.length + directory.length;
  }
  if (loop) link.buffer.writeUInt32LE(first, link.offset);
  return Buffer.concat(parts);
}

const SAMPLE_FORMATS = { uint: 1, float: 3 } as const;

/** A TIFF of one strip of uncompressed samples of 32 bits, grey or RGB. */
export function tiffOfSamples(
  width: number,
  height: number,
  samples: readonly number[],
  kind: keyof typeof SAMPLE_FORMATS,
): Buffer {
  const values = kind === 'float' ? Float32Array.from(samples) : Uint32Array.from(samples);
  const data = Buffer.from(values.buffer);
  const channels = samples.length / (width * height);
  // Bits and kinds of three samples do not fit into an entry: they follow the pixels.
  const bits = Buffer.alloc(6);
  const kinds = Buffer.alloc(6);
  for (const at of [0, 2, 4]) {
    bits.writeUInt16LE(32, at);
    kinds.writeUInt16LE(SAMPLE_FORMATS[kind], at);
  }
  const extras = 8 + data.length;
  const each = (value: number, at: number) => (channels === 1 ? value : at);
  const entries = [
    [256, 4, 1, width],
    [257, 4, 1, height],
    [258, 3, channels, each(32, extras)],
    [259, 4, 1, 1],
    [262, 4, 1, channels === 1 ? 1 : 2],
    [273, 4, 1, 8],
    [277, 4, 1, channels],
    [278, 4, 1, height],
    [279, 4, 1, data.length],
    [339, 3, channels, each(SAMPLE_FORMATS[kind], extras + 6)],
  ] as const;
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  directory.writeUInt16LE(entries.length, 0);
  for (const [index, [tag, type, count, value]] of entries.entries()) {
    const at = 2 + index * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(count, at + 4);
    directory.writeUInt32LE(value, at + 8);
  }
  const head = Buffer.from('II*\0\0\0\0\0', 'latin1');
  head.writeUInt32LE(extras + 12, 4);
  return Buffer.concat([head, data, bits, kinds, directory]);
}

/** An ISO media file box. */
export function isoBox(type: string, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

/** The boxes of an AV1 image sequence, as far as a reader needs them to count the frames. */
export function avifSequenceOf(count: number): Buffer {
  const sizes = Buffer.alloc(12);
  sizes.writeUInt32BE(1, 4);
  sizes.writeUInt32BE(count, 8);
  const tables = isoBox('stbl', isoBox('stsz', sizes));
  const track = isoBox('trak', isoBox('mdia', isoBox('minf', tables)));
  return Buffer.concat([
    isoBox('ftyp', Buffer.from('avis\0\0\0\0avisavif', 'latin1')),
    isoBox('moov', track),
  ]);
}

/** An empty ZIP archive, which a reader finds from the end of the file. */
export function zipOfNothing(): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  return end;
}
