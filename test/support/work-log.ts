import { appendFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Records of processed images: one file for each process, such as `embedded-1234`, with one name per line. */
export type WorkKind = 'embedded' | 'matched';

/** Writes synchronously, so that the records of a process that is killed are complete. */
export function writeWork(folder: string, kind: WorkKind, names: readonly string[]): void {
  const text = names.map((name) => `${name}\n`).join('');
  appendFileSync(path.join(folder, `${kind}-${process.pid}`), text);
}

/** Names by process, in the order of their processing. */
export async function readWork(
  folder: string,
  kind: WorkKind,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const files = (await readdir(folder)).filter((file) => file.startsWith(`${kind}-`));
  const entries = files.map(async (file) => {
    const text = await readFile(path.join(folder, file), 'utf8');
    return [Number(file.slice(kind.length + 1)), text.split('\n').slice(0, -1)] as const;
  });
  return new Map(await Promise.all(entries));
}
