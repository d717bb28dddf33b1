import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Until it is killed, makes `door` in a folder alternately a folder with a file a.jpg and a link to another folder,
 * as fast as possible. Arguments: the folder, the other folder.
 */
const [root, outside] = process.argv.slice(2) as [string, string];
const [door, spare, link] = ['door', 'spare', 'link'].map((name) => path.join(root, name)) as [
  string,
  string,
  string,
];

function attempt(...steps: (() => void)[]): void {
  for (const step of steps) {
    try {
      step();
    } catch {
      // The tested store may create folders in the meantime.
    }
  }
}

for (;;) {
  attempt(
    () => rmSync(door, { recursive: true, force: true }),
    () => rmSync(spare, { recursive: true, force: true }),
    () => mkdirSync(spare),
    () => writeFileSync(path.join(spare, 'a.jpg'), 'inside'),
    () => symlinkSync(outside, link),
  );
  for (let i = 0; i < 100; i++) {
    attempt(
      () => renameSync(spare, door),
      () => renameSync(door, spare),
      () => renameSync(link, door),
      () => renameSync(door, link),
    );
  }
}
