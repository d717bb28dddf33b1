import { crc32 } from 'node:zlib';
import { type SeededRandom } from './seeded-random.js';

type Mutation = (bytes: Buffer, random: SeededRandom, other: Buffer) => Buffer;

/** Values for numeric fields: small, at the limits of the type, or negative if read as signed. */
const EDGES = [0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff] as const;
const WIDE_EDGES = [
  0x1_0000, 0xff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff,
] as const;

/** Byte sequences that have a meaning for a decoder. */
const TOKENS = [
  'IHDR',
  'PLTE',
  'IDAT',
  'IEND',
  'tRNS',
  'iCCP',
  'zTXt',
  'iTXt',
  'eXIf',
  'acTL',
  'fcTL',
  'fdAT',
  'RIFF',
  'WEBP',
  'VP8 ',
  'VP8L',
  'VP8X',
  'ALPH',
  'ANIM',
  'ANMF',
  'ICCP',
  'EXIF',
  'XMP ',
  'GIF87a',
  'GIF89a',
  '\x21\xf9\x04',
  '\x21\xff\x0bNETSCAPE2.0',
  '\x2c',
  '\x3b',
  'II*\0',
  'MM\0*',
  'II+\0',
  'Exif\0\0',
  'ICC_PROFILE\0',
  'JFIF\0',
  'Adobe',
  'ftyp',
  'meta',
  'hdlr',
  'pitm',
  'iloc',
  'iinf',
  'infe',
  'iprp',
  'ipco',
  'ispe',
  'av1C',
  'pixi',
  'ipma',
  'irot',
  'imir',
  'colr',
  'auxC',
  'grid',
  'mdat',
  'moov',
  'stsz',
  'avif',
  'avis',
  'mif1',
  ...['c0', 'c1', 'c2', 'c3', 'c4', 'c9', 'd8', 'd9', 'da', 'db', 'dd', 'e1', 'e2', 'ee'].map(
    (marker) => `\xff${String.fromCharCode(parseInt(marker, 16))}`,
  ),
];
/** The first bytes of a file decide most about how it is decoded. */
const HEADER_BYTES = 400;

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  flipBits,
  overwriteRun,
  setField,
  setField,
  setField,
  setFieldByToken,
  setFieldByToken,
  setFieldByToken,
  placeToken,
  truncate,
  removeRange,
  repeatRange,
  splice,
];

/**
 * Applies one to four mutations to a file.
 * @param other another file, for splices
 */
export function mutate(bytes: Buffer, random: SeededRandom, other: Buffer): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let count = 1 + random.below(4); count > 0; count--) {
    changed = random.pick(MUTATIONS)(changed, random, other);
  }
  // A decoder ignores PNG chunks with wrong checksums.
  return random.below(4) > 0 ? mendChecksums(changed) : changed;
}

function position(bytes: Buffer, random: SeededRandom): number {
  return random.below(random.below(2) ? bytes.length : Math.min(bytes.length, HEADER_BYTES));
}

/** Usually short, sometimes up to the end of the file. */
function length(bytes: Buffer, at: number, random: SeededRandom): number {
  return Math.min(bytes.length - at, 1 + random.below(2 ** (1 + random.below(14))));
}

function flipBits(bytes: Buffer, random: SeededRandom): Buffer {
  for (let count = 1 + random.below(16); count > 0 && bytes.length > 0; count--) {
    bytes[position(bytes, random)]! ^= 1 << random.below(8);
  }
  return bytes;
}

function overwriteRun(bytes: Buffer, random: SeededRandom): Buffer {
  const at = position(bytes, random);
  const run = length(bytes, at, random);
  const content = random.below(2)
    ? random.bytes(run)
    : Buffer.alloc(run, random.pick(EDGES) & 0xff);
  content.copy(bytes, at);
  return bytes;
}

function setField(bytes: Buffer, random: SeededRandom): Buffer {
  return writeField(bytes, position(bytes, random), random);
}

/** A number close to a meaningful one: the length of the file or one of its fields. */
function setFieldByToken(bytes: Buffer, random: SeededRandom): Buffer {
  const found = TOKENS.flatMap((token) => {
    const at = bytes.indexOf(token, 0, 'latin1');
    return at < 0 ? [] : [at];
  });
  if (found.length === 0) return bytes;
  return writeField(bytes, Math.max(0, random.pick(found) - 8 + random.below(40)), random);
}

function writeField(bytes: Buffer, at: number, random: SeededRandom): Buffer {
  const size = random.pick([1, 2, 4] as const);
  if (at + size > bytes.length) return bytes;
  const value = random.pick(size === 4 ? [...EDGES, ...WIDE_EDGES] : EDGES) % 2 ** (8 * size);
  if (random.below(2)) bytes.writeUIntBE(value, at, size);
  else bytes.writeUIntLE(value, at, size);
  return bytes;
}

function placeToken(bytes: Buffer, random: SeededRandom): Buffer {
  const token = Buffer.from(random.pick(TOKENS), 'latin1');
  const at = position(bytes, random);
  const after = random.below(2) ? at : Math.min(bytes.length, at + token.length);
  return Buffer.concat([bytes.subarray(0, at), token, bytes.subarray(after)]);
}

function truncate(bytes: Buffer, random: SeededRandom): Buffer {
  return bytes.subarray(0, random.below(bytes.length + 1));
}

function removeRange(bytes: Buffer, random: SeededRandom): Buffer {
  const at = position(bytes, random);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length(bytes, at, random))]);
}

function repeatRange(bytes: Buffer, random: SeededRandom): Buffer {
  const at = position(bytes, random);
  const range = bytes.subarray(at, at + length(bytes, at, random));
  const times = Array<Buffer>(1 + random.below(8)).fill(range);
  return Buffer.concat([bytes.subarray(0, at), ...times, bytes.subarray(at)]);
}

function splice(bytes: Buffer, random: SeededRandom, other: Buffer): Buffer {
  const start = bytes.subarray(0, position(bytes, random));
  return Buffer.concat([start, other.subarray(position(other, random))]);
}

function mendChecksums(bytes: Buffer): Buffer {
  if (bytes.length < 4 || bytes.readUInt32BE(0) !== 0x89504e47) return bytes;
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return bytes;
}
