import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { progressiveJpeg } from '../../../../test/support/progressive-jpeg.js';
import { withRestarts } from '../../../../test/support/restart-jpeg.js';
import { readJpeg } from './jpeg-structure.js';

const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
const grain = sharp({
  create: { width: 200, height: 120, channels: 3, background: 'grey', noise },
});
const read = (bytes: Buffer) => readJpeg(bytes, 4_096);

describe('readJpeg', () => {
  it('counts the scans', async () => {
    const baseline = read(await grain.clone().jpeg().toBuffer());
    expect(baseline).toMatchObject({ width: 200, height: 120, scans: 1, isHeldWhole: false });
    const progressive = read(await grain.clone().jpeg({ progressive: true }).toBuffer());
    expect(progressive).toMatchObject({ scans: 10, isHeldWhole: true });
    expect(read(progressiveJpeg(640, 480, 882))).toMatchObject({ scans: 882, ending: 'complete' });
  });

  it.each([
    ['the frame header', 0xc2],
    ['the second scan', 0xda],
  ])('skips stray bytes before %s, as decoders do', async (_, marker) => {
    const bytes = progressiveJpeg(640, 480, 20);
    const start = Buffer.from([0xff, marker]);
    const at = bytes.indexOf(start, marker === 0xda ? bytes.indexOf(start) + 2 : 0);
    const stray = Buffer.concat([bytes.subarray(0, at), Buffer.from([7, 8]), bytes.subarray(at)]);
    expect(read(stray)).toMatchObject({ width: 640, height: 480, scans: 20, ending: 'complete' });
    const decoded = await sharp(stray, { failOn: 'error' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(decoded.info).toMatchObject({ width: 640, height: 480 });
  });

  it('judges by the first scan whether a baseline picture is held whole', async () => {
    const bytes = await grain.clone().jpeg().toBuffer();
    const scan = bytes.lastIndexOf(Buffer.from([0xff, 0xda]));
    const short = Buffer.from([0xff, 0xda, 0, 8, 1, bytes[scan + 5]!, 0, 0, 63, 0]);
    const first = Buffer.concat([bytes.subarray(0, scan), short, bytes.subarray(scan)]);
    expect(read(first)).toMatchObject({ scans: 2, isHeldWhole: true });
  });

  it('says how a file ends', async () => {
    const whole = await grain.clone().jpeg({ quality: 90 }).toBuffer();
    expect(read(whole).ending).toBe('complete');
    expect(read(whole.subarray(0, -2)).ending).toBe('unmarked');
    expect(read(whole.subarray(0, whole.length >> 1)).ending).toBe('unmarked');
    expect(read(whole.subarray(0, 30)).ending).toBe('unknown');
  });

  it('says whether the last restart interval is cut, or one before', () => {
    const { bytes, intervals } = withRestarts(160, 160, 4);
    expect(read(bytes).ending).toBe('complete');
    expect(read(bytes.subarray(0, -4)).ending).toBe('last-interval');
    const marks = [...bytes.keys()].filter(
      (at) => bytes[at] === 0xff && bytes[at + 1]! >= 0xd0 && bytes[at + 1]! <= 0xd7,
    );
    expect(marks).toHaveLength(intervals - 1);
    expect(read(bytes.subarray(0, marks.at(-1)! + 3)).ending).toBe('last-interval');
    expect(read(bytes.subarray(0, marks.at(-1))).ending).toBe('cut');
    expect(read(bytes.subarray(0, marks[2])).ending).toBe('cut');
  });

  it('does not take a progressive file without its last scans for a whole one', async () => {
    const whole = await grain.clone().jpeg({ progressive: true }).toBuffer();
    const start = Buffer.from([0xff, 0xda]);
    const scanBeforeLast = whole.lastIndexOf(start, whole.lastIndexOf(start) - 1);
    expect(read(whole.subarray(0, -2)).ending).toBe('unmarked');
    expect(read(whole.subarray(0, scanBeforeLast + 20)).ending).toBe('cut');
  });
});
