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
  ])('detects %s by its first bytes', (format, head) => {
    expect(sniffFormat(bytes(head))).toBe(format);
  });

  it.each([
    ['text', 'this is no photograph'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['PDF', '%PDF-1.7'],
    ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['a sound in a RIFF file', 'RIFF\x10\0\0\0WAVE'],
  ])('rejects %s', (_, head) => {
    expect(sniffFormat(bytes(head))).toBeNull();
  });

  it('rejects a file of a few bytes', () => {
    expect(sniffFormat(Buffer.from([0xff]))).toBeNull();
  });
});
