import { mkdir, readdir, readFile, utimes } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type OverlayOptions } from 'sharp';

/** Side lengths of a picture in pixels. Small ones are the most frequent. */
const SMALLEST = 100;
const LARGEST = 4_000;
const MOST_FACES = 20;

/**
 * Makes pictures of many sizes with 0 to about 20 faces: photographs of `folders` side by side on a plain background.
 * The same seed gives the same pictures.
 * @param random uniform in [0, 1)
 * @returns their paths
 */
export async function makeVariedArchive(
  folders: readonly string[],
  target: string,
  count: number,
  random: () => number,
): Promise<string[]> {
  const photographs = (await Promise.all(folders.map(photographsOf))).flat().sort();
  if (photographs.length === 0) throw new Error(`no photographs in ${folders.join(', ')}`);
  await mkdir(target, { recursive: true });
  const made: string[] = [];
  for (let i = 0; i < count; i++) {
    const file = path.join(target, `${String(i).padStart(5, '0')}.jpg`);
    const width = side(random);
    const height = Math.max(SMALLEST, Math.round(width * (0.6 + 0.6 * random())));
    const shown = Array.from(
      { length: faces(random) },
      () => photographs[Math.floor(random() * photographs.length)]!,
    );
    await sharp({ create: { width, height, channels: 3, background: colour(random) } })
      .composite(await sideBySide(shown, width, height))
      .jpeg({ quality: 80 })
      .toFile(file);
    made.push(file);
  }
  return made;
}

/** Gives each file a new modification time, so that the pipeline processes it as a new image. */
export async function renewVersions(files: readonly string[]): Promise<void> {
  const now = new Date();
  await Promise.all(files.map((file) => utimes(file, now, now)));
}

async function photographsOf(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => /\.(jpe?g|png)$/i.test(name))
    .map((name) => path.join(folder, name));
}

function side(random: () => number): number {
  return Math.round(SMALLEST * (LARGEST / SMALLEST) ** (random() ** 4));
}

/** Number of faces: usually 0 to 2, rarely up to MOST_FACES. */
function faces(random: () => number): number {
  return Math.floor(MOST_FACES * random() ** 8 + 1.6 * random());
}

function colour(random: () => number) {
  const part = () => Math.floor(random() * 256);
  return { r: part(), g: part(), b: part() };
}

async function sideBySide(
  photographs: readonly string[],
  width: number,
  height: number,
): Promise<OverlayOptions[]> {
  const columns = Math.ceil(Math.sqrt(photographs.length));
  const rows = Math.ceil(photographs.length / Math.max(1, columns));
  const cell = { width: Math.floor(width / columns), height: Math.floor(height / rows) };
  return Promise.all(
    photographs.map(async (photograph, i) => ({
      // From bytes, because the product disables sharp's file loaders for the whole process.
      input: await sharp(await readFile(photograph))
        .resize({ ...cell, fit: 'contain' })
        .toBuffer(),
      left: (i % columns) * cell.width,
      top: Math.floor(i / columns) * cell.height,
    })),
  );
}
