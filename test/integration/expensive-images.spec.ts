import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { type DecodedImage, ImageDecoder } from '#vision/imaging/image-decoder.js';
import { progressiveJpeg } from '../support/progressive-jpeg.js';
import { DIST } from '../support/start-app.js';
import { waitUntil } from '../support/wait-until.js';

const MIB = 1024 ** 2;
const settings = {
  maxBytes: 100 * MIB,
  maxPixels: 120_000_000,
  maxPixelScans: 6_000_000_000,
  maxFrames: 1_000,
  workingSide: 2_560,
  pixelMemory: 256 * MIB,
  decodeMemory: 512 * MIB,
  decoders: 1,
  decodeTimeoutMs: 60_000,
};

/** Ids of the decoder processes of this process, which may have other children. */
async function children(): Promise<string[]> {
  const text = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8');
  const ids = text.split(' ').filter((id) => id !== '');
  const commands = await Promise.all(
    ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')),
  );
  return ids.filter((_, i) => commands[i]!.includes('decoder.process'));
}

describe('images that are expensive to decode', () => {
  let decoder: ImageDecoder;
  let expensive: Buffer;
  let cheap: Buffer;

  beforeAll(async () => {
    decoder = new ImageDecoder(settings, () => 1);
    // Just within the limits.
    expensive = progressiveJpeg(10_900, 10_900, 50);
    const create = { width: 1_200, height: 900, channels: 3, background: 'red' } as const;
    cheap = await sharp({ create }).jpeg().toBuffer();
  });
  afterAll(() => decoder.close());

  const size = ({ original: { width, height } }: DecodedImage) =>
    Promise.resolve({ width, height });

  it('let other images go first, and end when nobody waits for them', async () => {
    const caller = new AbortController();
    const finished: string[] = [];
    const slow = Array.from({ length: 8 }, () =>
      decoder
        .withImage(expensive, size, { urgent: true, signal: caller.signal })
        .finally(() => finished.push('expensive')),
    );
    const ends = Promise.allSettled(slow);
    await waitUntil('a decoder process', async () => (await children()).length > 0);
    for (let query = 0; query < 8; query++) {
      expect(await decoder.withImage(cheap, size)).toEqual({ width: 1_200, height: 900 });
    }
    expect(finished).toEqual([]);
    const busy = await children();
    const abortedAt = performance.now();
    caller.abort(new Error('nobody waits'));
    for (const end of await ends) {
      expect(end).toMatchObject({ status: 'rejected', reason: { message: 'nobody waits' } });
    }
    expect(performance.now() - abortedAt).toBeLessThan(1_000);
    await waitUntil('the end of the process', async () => {
      const left = await children();
      return busy.every((id) => !left.includes(id));
    });
    expect(decoder.arena.freeBytes).toBe(settings.pixelMemory);
  }, 60_000);

  it('are decoded one after the other', async () => {
    let isOver = false;
    const work = Promise.all([1, 2].map(() => decoder.withImage(expensive, size))).finally(
      () => (isOver = true),
    );
    const seen = new Set<number>();
    const watch = async () => {
      seen.add((await children()).length);
      return isOver;
    };
    await waitUntil('both images', watch, 100_000);
    const sizes = await work;
    expect(Math.max(...seen)).toBe(1);
    expect(sizes).toEqual(Array(2).fill({ width: 10_900, height: 10_900 }));
  }, 120_000);

  it('are refused when they take too long, and the next one is decoded', async () => {
    const impatient = new ImageDecoder({ ...settings, decodeTimeoutMs: 1_000 }, () => 1);
    await expect(impatient.withImage(expensive, size)).rejects.toMatchObject({
      code: 'IMAGE_TOO_SLOW',
      class: 'quarantine',
    });
    const gif = await sharp(cheap).resize(60).gif().toBuffer();
    expect(await impatient.withImage(gif, size)).toEqual({ width: 60, height: 45 });
    impatient.close();
  }, 60_000);

  it('are tried again when their process ends', async () => {
    const gif = await sharp(cheap).resize(60).gif().toBuffer();
    await decoder.withImage(gif, size);
    const work = decoder.withImage(expensive, size);
    const outcome = expect(work).rejects.toMatchObject({ code: 'DECODER_CRASHED', class: 'retry' });
    await waitUntil('work', async () => (await children()).length > 0);
    for (const id of await children()) process.kill(Number(id), 'SIGKILL');
    await outcome;
    expect(await decoder.withImage(gif, size)).toEqual({ width: 60, height: 45 });
  }, 60_000);

  it('with more scans than the limit are refused before they are decoded', async () => {
    const startedAt = performance.now();
    for (const bytes of [progressiveJpeg(10_900, 10_900, 882), progressiveJpeg(9_000, 9_000, 97)]) {
      await expect(decoder.withImage(bytes, size)).rejects.toMatchObject({
        code: 'IMAGE_TOO_MANY_SCANS',
        class: 'quarantine',
        message: expect.stringContaining('MAX_IMAGE_PIXEL_SCANS'),
      });
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await decoder.withImage(progressiveJpeg(4_000, 3_000, 97), size)).toEqual({
      width: 4_000,
      height: 3_000,
    });
  }, 60_000);

  it('start no process for a photograph of the usual kind', async () => {
    const before = await children();
    const photograph = await readFile(path.join(DIST, '../docs/report.png'));
    await decoder.withImage(photograph, size);
    await decoder.withImage(await sharp(cheap).jpeg({ progressive: true }).toBuffer(), size);
    expect(await children()).toEqual(before);
  });
});
