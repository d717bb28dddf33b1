import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type LabelledPhotograph, personName } from '#models/accuracy/photographs.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

/** Two photographs, by index. */
export interface LabelledPair {
  readonly first: number;
  readonly second: number;
  readonly same: boolean;
  readonly fold: number;
}

/** A file without folds is divided into this many folds, in its order. */
const FOLDS = 10;

/**
 * Reads pairs in the formats of Labeled Faces in the Wild. Fields are separated by tabs. First line: `folds n`
 * and then per fold n lines `name i j` of the same person and n lines `name i name j` of two; or `n` and then
 * one such set.
 * @throws PipelineError PAIRS_UNREADABLE, PAIRS_MALFORMED or PAIRS_PHOTOGRAPH_MISSING, with the line
 */
export async function readPairs(
  file: string,
  photographs: readonly LabelledPhotograph[],
): Promise<LabelledPair[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw pairsError('PAIRS_UNREADABLE', `cannot read the pairs in ${file}`, error);
  });
  return parsePairs(text, file, photographs);
}

export function parsePairs(
  text: string,
  file: string,
  photographs: readonly LabelledPhotograph[],
): LabelledPair[] {
  const lines = text.trimEnd().split(/\r?\n/);
  const { sets, perSet } = parseHeader(lines[0]!, file);
  const wanted = 2 * sets * perSet;
  if (lines.length - 1 !== wanted) {
    throw pairsError(
      'PAIRS_MALFORMED',
      `${file}, line 1: says ${wanted} pairs, there are ${lines.length - 1}`,
    );
  }
  const find = photographFinder(photographs);
  return lines.slice(1).map((line, index) => {
    const place = `${file}, line ${index + 2}`;
    const inSet = index % (2 * perSet);
    const same = inSet < perSet;
    const [one, other] = photographsOf(line, same, place);
    return {
      first: find(one, place),
      second: find(other, place),
      same,
      fold:
        sets > 1
          ? Math.floor(index / (2 * perSet))
          : Math.floor(((inSet % perSet) * FOLDS) / perSet),
    };
  });
}

type PhotographKey = readonly [name: string, number: string];

function parseHeader(line: string, file: string): { sets: number; perSet: number } {
  const fields = line.split('\t').map((field) => field.trim());
  const [sets, perSet] = fields.length === 1 ? ['1', fields[0]!] : fields;
  if (fields.length > 2 || ![sets, perSet].every((field) => /^[1-9]\d*$/.test(field!))) {
    throw pairsError(
      'PAIRS_MALFORMED',
      `${file}, line 1: expected the number of folds, a tab and the number of pairs a fold, or one number`,
    );
  }
  return { sets: Number(sets), perSet: Number(perSet) };
}

function photographsOf(line: string, same: boolean, place: string): [PhotographKey, PhotographKey] {
  const fields = line.split('\t').map((field) => field.trim());
  const numbers = same ? [fields[1], fields[2]] : [fields[1], fields[3]];
  const fits = fields.length === (same ? 3 : 4) && numbers.every((n) => /^\d+$/.test(n!));
  if (!fits) {
    const wanted = same ? 'name, number, number' : 'name, number, name, number';
    throw pairsError('PAIRS_MALFORMED', `${place}: expected ${wanted}, with tabs between`);
  }
  const [name, first, second, number] = fields as [string, string, string, string];
  return same
    ? [
        [name, first],
        [name, second],
      ]
    : [
        [name, first],
        [second, number],
      ];
}

/** Finds a photograph by its person and the number at the end of the file name. */
function photographFinder(photographs: readonly LabelledPhotograph[]) {
  const key = (name: string, number: string) => `${personName(name)}\t${Number(number)}`;
  const indexes = new Map(
    photographs.flatMap(({ person, file }, index) => {
      const number = /(\d+)$/.exec(path.parse(file).name)?.[1];
      return number === undefined ? [] : [[key(person, number), index] as const];
    }),
  );
  return ([name, number]: PhotographKey, place: string): number => {
    const index = indexes.get(key(name, number));
    if (index !== undefined) return index;
    throw pairsError('PAIRS_PHOTOGRAPH_MISSING', `${place}: no photograph ${number} of ${name}`);
  };
}

function pairsError(code: string, message: string, cause?: unknown): PipelineError {
  return new PipelineError(code, message, { stage: 'config', class: 'quarantine', cause });
}
