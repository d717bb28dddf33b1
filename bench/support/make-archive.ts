import { copyFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * Copies the photographs of `folders` in turn, under names of their own, until there are `count`:
 * the pipeline knows an image by where it lies, so each copy is one more image to it.
 */
export async function makeArchive(
  folders: readonly string[],
  target: string,
  count: number,
): Promise<string[]> {
  const sources: string[] = [];
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (entry.isFile() && /\.(jpe?g|png|webp)$/i.test(entry.name)) {
        sources.push(path.join(entry.parentPath, entry.name));
      }
    }
  }
  if (sources.length === 0) throw new Error(`no photographs in ${folders.join(', ')}`);
  sources.sort();
  await mkdir(target, { recursive: true });
  const copies: string[] = [];
  for (let i = 0; i < count; i++) {
    const source = sources[i % sources.length]!;
    const copy = path.join(target, `${String(i).padStart(6, '0')}${path.extname(source)}`);
    await copyFile(source, copy);
    copies.push(copy);
  }
  return copies;
}
