import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Until it is killed, makes `door` in a folder by turns a folder with a file a.jpg and a link to another
 * folder, as fast as it can. Arguments: the folder, the other one.
 */
const [root, outside] = process.argv.slice(2) as [string, string];
const [door, away, link] = ['door', 'away', 'link'].map((name) => path.join(root, name)) as [
  string,
  string,
  string,
];

function attempt(...steps: (() => void)[]): void {
  for (const step of steps) {
    try {
      step();
    } catch {
      // Whoever is tested makes folders in between.
    }
  }
}

for (;;) {
  attempt(
    () => rmSync(door, { recursive: true, force: true }),
    () => rmSync(away, { recursive: true, force: true }),
    () => mkdirSync(away),
    () => writeFileSync(path.join(away, 'a.jpg'), 'inside'),
    () => symlinkSync(outside, link),
  );
  for (let i = 0; i < 100; i++) {
    attempt(
      () => renameSync(away, door),
      () => renameSync(door, away),
      () => renameSync(link, door),
      () => renameSync(door, link),
    );
  }
}
