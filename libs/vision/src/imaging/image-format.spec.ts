import { describe, expect, it } from '@jest/globals';
import { sniffFormat } from './image-format.js';

const bytes = (text: string) => Buffer.from(text.padEnd(64, '\0'), 'latin1');

describe('sniffFormat', () => {
  it.each([
    ['jpeg', '\xff\xd8\xff\xe0'],
    ['png', '\x89PNG\r\n\x1a\n'],
    ['webp', 'RIFF\x10\0\0\0WEBPVP8 '],
    ['gif', 'GIF89a'],
    ['tiff', 'II*\0'],
    ['tiff', 'MM\0*'],
    ['avif', '\0\0\0\x1cftypavif\0\0\0\0mif1'],
    ['avif', '\0\0\0\x1cftypmif1\0\0\0\0mif1avif'],
    ['heif', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['heif', '\0\0\0\x18ftypmif1\0\0\0\0mif1heic'],
    ['raw', '\0\0\0\x18ftypcrx \0\0\0\x01crx isom'],
    ['raw', 'IIRO\x08\0\0\0'],
    ['raw', 'IIU\0\x08\0\0\0'],
    ['raw', 'II*\0\x10\0\0\0CR\x02\0'],
    ['raw', 'FUJIFILMCCD-RAW 0201'],
    ['jxl', '\xff\x0a'],
    ['jxl', '\0\0\0\x0cJXL \r\n\x87\n'],
    ['jp2', '\0\0\0\x0cjP  \r\n\x87\n'],
    ['jp2', '\xff\x4f\xff\x51'],
    ['bmp', `BM${'\0'.repeat(12)}\x28\0\0\0`],
  ])('detects %s by its first bytes', (format, head) => {
    expect(sniffFormat(bytes(head))).toBe(format);
  });

  it.each([
    ['text', 'this is no photograph'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['PDF', '%PDF-1.7'],
    ['a video', '\0\0\0\x18ftypisom\0\0\0\0isommp42'],
    ['a text that begins like a BMP', 'BMW and other cars of the year'],
    ['a sound in a RIFF file', 'RIFF\x10\0\0\0WAVE'],
  ])('rejects %s', (_, head) => {
    expect(sniffFormat(bytes(head))).toBeNull();
  });

  it('rejects a file of a few bytes', () => {
    expect(sniffFormat(Buffer.from([0xff]))).toBeNull();
  });
});
