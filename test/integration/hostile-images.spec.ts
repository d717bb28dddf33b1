import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DecoderProcess } from '../support/decoder-process.js';
import { gifOfFrames } from '../support/hostile-files.js';
import { hostileImages } from '../support/hostile-images.js';

const MIB = 1024 ** 2;

describe('a hostile image', () => {
  let decoder: DecoderProcess;

  beforeAll(async () => {
    decoder = await DecoderProcess.start();
    // Starts the process that expensive formats are decoded in, whose memory is counted as well.
    await decoder.decode(gifOfFrames(1, 64, 64), 20_000);
  });
  afterAll(() => decoder.stop());

  it('is refused with its error code before it uses much memory', async () => {
    const images = await hostileImages();
    expect(new Set(images.map(({ code }) => code)).size).toBe(7);
    const ends = [];
    for (const { name, bytes } of images) {
      const { end, grownBytes } = await decoder.decode(bytes, 20_000);
      const code = end.kind === 'failed' && end.class === 'quarantine' ? end.code : end.kind;
      ends.push({ name, code, cheap: grownBytes < 32 * MIB });
    }
    expect(ends).toEqual(images.map(({ name, code }) => ({ name, code, cheap: true })));
  }, 60_000);
});
