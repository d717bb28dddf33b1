import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

/** A photograph of a folder laid out like Labeled Faces in the Wild: NAME/NAME_0001.jpg. */
export interface Photograph {
  readonly person: string;
  readonly number: number;
  readonly file: string;
}

/** Two photographs, by index. */
export interface Pair {
  readonly first: number;
  readonly second: number;
  readonly same: boolean;
  readonly fold: number;
}

export async function readPhotographs(folder: string): Promise<Photograph[]> {
  const files = await readdir(folder, { recursive: true });
  return files
    .filter((file) => file.endsWith('.jpg'))
    .sort()
    .map((file) => ({
      person: path.dirname(file),
      number: Number(/_(\d+)\.jpg$/.exec(file)?.[1]),
      file: path.join(folder, file),
    }));
}

/**
 * Reads pairs in LFW's own format: a line `folds<TAB>n`, then per fold n lines `name i j` of the same
 * person and n lines `name1 i name2 j` of two.
 */
export async function readPairs(file: string, photographs: readonly Photograph[]): Promise<Pair[]> {
  const index = new Map(photographs.map((p, i) => [`${p.person} ${p.number}`, i]));
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const perFold = 2 * Number(lines[0]!.split('\t')[1]);
  return lines.slice(1).map((line, i) => {
    const fields = line.split('\t');
    const same = fields.length === 3;
    const first = index.get(`${fields[0]} ${fields[1]}`);
    const second = index.get(same ? `${fields[0]} ${fields[2]}` : `${fields[2]} ${fields[3]}`);
    if (first === undefined || second === undefined) throw new Error(`no photograph for: ${line}`);
    return { first, second, same, fold: Math.floor(i / perFold) };
  });
}
