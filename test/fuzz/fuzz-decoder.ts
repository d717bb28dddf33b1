import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type DecodeEnd, DecoderLost, DecoderProcess } from '../support/decoder-process.js';
import { imageCorpus } from './image-corpus.js';
import { mutate } from './mutate.js';
import { SeededRandom } from './seeded-random.js';

export interface FuzzReport {
  /** Inputs by how they ended: `decoded`, or the code that refused them. */
  readonly ends: Readonly<Record<string, number>>;
  /** What must not happen, with the file that makes it happen again. */
  readonly failures: readonly string[];
  /** Most memory of a decoding process, bytes resident. */
  readonly peakBytes: number;
  /** The slowest input, milliseconds of processors. */
  readonly slowestMs: number;
}

export interface FuzzOptions {
  readonly seed: number;
  /** How many inputs. */
  readonly count: number;
  /** Where inputs that fail are kept. */
  readonly folder: string;
}

/** Longer is a hang, milliseconds. */
const HANG_MS = 10_000;
/** The pixel memory and the largest picture that is decoded alone, several times over. */
const MAX_PEAK_BYTES = 1536 * 1024 ** 2;
const REFUSALS = new Set([
  'IMAGE_EMPTY',
  'IMAGE_FORMAT_UNSUPPORTED',
  'IMAGE_TOO_LARGE',
  'IMAGE_TOO_MANY_FRAMES',
  'IMAGE_METADATA_TOO_LARGE',
  'IMAGE_POLYGLOT',
  'IMAGE_TRUNCATED',
  'IMAGE_DAMAGED',
]);

/** Sends changed photographs through the decoder, the same ones for a seed. */
export async function fuzzDecoder({ seed, count, folder }: FuzzOptions): Promise<FuzzReport> {
  const corpus = await imageCorpus();
  const ends: Record<string, number> = {};
  const failures: string[] = [];
  let peakBytes = 0;
  let slowestMs = 0;
  let decoder = await DecoderProcess.start();
  for (let index = 0; index < count; index++) {
    // A generator for each input: one that fails can be had without those before it.
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
