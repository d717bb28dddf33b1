import { type SeededRandom } from './seeded-random.js';

const WORDS = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  'NaN',
  'null',
  'true',
  '[]',
  '{}',
  '..',
  '../../etc/passwd',
  '/',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '%00',
  '%',
  '%ff',
  '\0',
  '\\',
  '\n',
  ',',
  '\ud800',
  '\udc00x',
  '\ufeff',
  '\u202e',
  'é',
  'e\u0301',
  '🙂',
  '０',
  '=',
  ':',
  '@',
  'a=b c=d',
  '9999-12-31T23:59:59.999+14:00',
  '0000-00-00T00:00:00Z',
  '2024-02-30T25:61:61Z',
  'redis://u:p@h:1',
  'file:///',
  's3://',
  's3://b/%',
  'http://[::1',
  '-9007199254740993',
];
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  1e-320,
  1e308,
  Infinity,
  -Infinity,
  NaN,
  2 ** 31,
  2 ** 53,
  -(2 ** 53) - 2,
];
/** Repeated to find regular expressions with excessive backtracking. */
const PIECES = ['a', '0', ' ', '-', '.', '/', '\\', '"', '(', '[', '{', '%41', 'aA1-', ':/@', '=,'];

/** A random value of any type, rarely a large one. */
export function garbage(random: SeededRandom, depth = 0): unknown {
  switch (random.below(depth > 4 ? 6 : 10)) {
    case 0:
      return random.pick(NUMBERS);
    case 1:
      return random.pick(WORDS);
    case 2:
      return random.pick([null, undefined, true, false]);
    case 3:
      return random.bytes(random.below(24)).toString('latin1');
    case 4:
      return random.pick(PIECES).repeat(random.below(random.below(20) === 0 ? 50_000 : 50));
    case 5:
      return random.below(2 ** 31) - 2 ** 30;
    case 6:
      return Array.from({ length: random.below(6) }, () => garbage(random, depth + 1));
    case 7:
      return nested(random.below(random.below(20) === 0 ? 3_000 : 20));
    case 8:
      return JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(5) }, () => [
          random.pick(WORDS),
          garbage(random, depth + 1),
        ]),
      );
  }
}

/** A copy of `value` with one to four mutations: other types, and removed, added or swapped fields. */
export function mutateValue(random: SeededRandom, value: unknown): unknown {
  let result = structuredClone(value);
  for (let changes = 1 + random.below(4); changes > 0; changes--) result = changed(random, result);
  return result;
}

/** A copy of `text` that is cut, or has changed, repeated or inserted parts. */
export function mutateText(random: SeededRandom, text: string): string {
  let result = text;
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    const at = random.below(result.length + 1);
    const end = at + random.below(Math.min(16, result.length - at + 1));
    const put = random.pick<() => string>([
      () => '',
      () => random.pick(WORDS),
      () => String.fromCharCode(random.below(256)),
      () => result.slice(at, end).repeat(2),
      () => random.pick(PIECES).repeat(random.below(random.below(20) === 0 ? 20_000 : 20)),
    ])();
    result =
      random.below(8) === 0 ? result.slice(0, at) : result.slice(0, at) + put + result.slice(end);
  }
  return result;
}

function changed(random: SeededRandom, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || random.below(6) === 0) {
    return typeof value === 'string' && random.below(2) === 0
      ? mutateText(random, value)
      : garbage(random);
  }
  if (Array.isArray(value)) {
    const at = random.below(value.length + 1);
    if (random.below(4) === 0) return value.toSpliced(at, 1);
    if (random.below(4) === 0) return value.toSpliced(at, 0, garbage(random));
    return value.length === 0
      ? value
      : value.with(at % value.length, changed(random, value[at % value.length]));
  }
  const entries = Object.entries(value);
  const choice = random.below(8);
  if (choice === 0) entries.push([random.pick(WORDS), garbage(random)]);
  if (choice === 1) entries.splice(random.below(entries.length + 1), 1);
  if (choice > 1 && entries.length > 0) {
    const entry = random.pick(entries);
    entry[1] = changed(random, entry[1]);
  }
  return Object.fromEntries(entries);
}

/** Built without recursion, because it is deeper than the stack allows. */
function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { value };
  return value;
}
