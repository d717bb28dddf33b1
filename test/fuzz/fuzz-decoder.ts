import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { type DecodeEnd, DecoderLost, DecoderProcess } from '../support/decoder-process.js';
import { photos } from '../support/photos.js';
import { raf, rawFiles } from '../support/raw-files.js';
import { DIST } from '../support/start-app.js';
import { mutate } from './mutate.js';
import { SeededRandom } from './seeded-random.js';

interface FuzzReport {
  /** Number of inputs by result: `decoded`, or the error code. */
  readonly ends: Readonly<Record<string, number>>;
  /** Failures, with the file that reproduces each. */
  readonly failures: readonly string[];
  /** Peak resident memory of a decoding process, bytes. */
  readonly peakBytes: number;
  /** CPU time of the slowest input, milliseconds. */
  readonly slowestMs: number;
}

interface FuzzOptions {
  readonly seed: number;
  /** Number of inputs. */
  readonly count: number;
  /** Folder for inputs that fail. */
  readonly folder: string;
}

/** An input that takes longer than this many milliseconds hangs. */
const HANG_MS = 10_000;
/** Several times the pixel memory and the largest picture that is decoded alone. */
const MAX_PEAK_BYTES = 1536 * 1024 ** 2;
const REFUSALS = new Set([
  'IMAGE_EMPTY',
  'IMAGE_FORMAT_UNSUPPORTED',
  'IMAGE_TOO_LARGE',
  'IMAGE_TOO_MANY_FRAMES',
  'IMAGE_TOO_MANY_SCANS',
  'IMAGE_TOO_SLOW',
  'IMAGE_PREVIEW_MISSING',
  'IMAGE_METADATA_TOO_LARGE',
  'IMAGE_POLYGLOT',
  'IMAGE_TRUNCATED',
  'IMAGE_DAMAGED',
]);

/** Decodes mutated photographs. The same seed gives the same ones. */
export async function fuzzDecoder({ seed, count, folder }: FuzzOptions): Promise<FuzzReport> {
  const corpus = await imageCorpus();
  const ends: Record<string, number> = {};
  const failures: string[] = [];
  let peakBytes = 0;
  let slowestMs = 0;
  let decoder = await DecoderProcess.start();
  for (let index = 0; index < count; index++) {
    // Each input has its own generator, so that a failed input can be reproduced alone.
    const random = new SeededRandom(seed * 1_000_003 + index);
    const input = mutate(random.pick(corpus), random, random.pick(corpus));
    const fail = async (reason: string) => {
      const file = path.join(folder, `seed-${seed}-input-${index}`);
      await writeFile(file, input);
      failures.push(`${reason}: ${file}`);
    };
    try {
      const reply = await decoder.decode(input, HANG_MS);
      const { end } = reply;
      const name = end.kind === 'failed' ? end.code : end.kind;
      ends[name] = (ends[name] ?? 0) + 1;
      peakBytes = Math.max(peakBytes, reply.peakBytes);
      slowestMs = Math.max(slowestMs, reply.cpuMs);
      if (!isGood(end)) await fail(JSON.stringify(end));
      if (reply.peakBytes > MAX_PEAK_BYTES) await fail(`${reply.peakBytes} bytes of memory`);
    } catch (error) {
      if (!(error instanceof DecoderLost)) throw error;
      await fail(error.message);
      decoder = await DecoderProcess.start();
    }
  }
  await decoder.stop();
  return { ends, failures, peakBytes, slowestMs };
}

function isGood(end: DecodeEnd): boolean {
  if (end.kind === 'failed') return end.class === 'quarantine' && REFUSALS.has(end.code);
  return end.kind === 'decoded';
}

const VARIANTS: readonly ((image: Sharp) => Sharp)[] = [
  (image) => image.jpeg(),
  (image) => image.jpeg({ progressive: true }).withMetadata({ orientation: 6 }),
  (image) => image.toColourspace('cmyk').jpeg(),
  (image) => image.withIccProfile('p3').jpeg({ chromaSubsampling: '4:4:4' }),
  (image) => image.png({ compressionLevel: 1 }).withMetadata({ orientation: 3 }),
  (image) => image.png({ progressive: true }),
  (image) => image.png({ palette: true, colours: 16 }),
  (image) => image.toColourspace('rgb16').png({ compressionLevel: 1 }),
  (image) => image.webp(),
  (image) => image.webp({ lossless: true }).withMetadata({ orientation: 8 }),
  (image) => image.ensureAlpha(0.5).webp({ alphaQuality: 50 }),
  (image) => image.gif(),
  (image) => image.tiff({ compression: 'none' }),
  (image) => image.tiff({ compression: 'lzw', predictor: 'horizontal' }),
  (image) => image.tiff({ compression: 'jpeg' }).withIccProfile('p3'),
  (image) => image.tiff({ compression: 'deflate', tile: true, tileWidth: 32, tileHeight: 32 }),
  (image) => image.tiff({ compression: 'packbits', pyramid: true }),
  (image) => image.toColourspace('b-w').tiff({ compression: 'ccittfax4', bitdepth: 1 }),
  (image) => image.avif({ effort: 1 }),
  (image) => image.ensureAlpha(0.5).avif({ effort: 1, bitdepth: 8 }),
];
/** Longest side in pixels. In small files mutations hit important bytes more often, and decoding is fast. */
const SIDE = 96;
/** The smallest picture in a RAW file that is read. */
const MIN_PREVIEW = 640;
const FILES = path.join(DIST, '../test/support/files');

/** Photographs in every supported format and in most of its variants. */
async function imageCorpus(): Promise<readonly Buffer[]> {
  const { faceApi } = await photos();
  const names = (await readdir(faceApi)).filter((name) => name.endsWith('.jpg')).sort();
  const pictures = await Promise.all(
    names.slice(0, 2).map((name) => shrunk(path.join(faceApi, name))),
  );
  const still = pictures.flatMap((picture) =>
    VARIANTS.map((encode) => encode(sharp(picture)).toBuffer()),
  );
  const moving = (['gif', 'webp'] as const).map((format) =>
    sharp(pictures, { join: { animated: true } })
      .toFormat(format)
      .toBuffer(),
  );
  const jpeg = await sharp(pictures[0]).resize(MIN_PREVIEW).jpeg({ quality: 20 }).toBuffer();
  const raw = [...rawFiles(jpeg, 6).map(({ bytes }) => bytes), raf(jpeg)];
  const heif = ['halves.heic', 'turned.heic'].map((name) => readFile(path.join(FILES, name)));
  return [...raw, ...(await Promise.all([...still, ...moving, ...heif]))];
}

async function shrunk(file: string): Promise<Buffer> {
  return sharp(await readFile(file))
    .resize(SIDE, SIDE)
    .png()
    .toBuffer();
}
