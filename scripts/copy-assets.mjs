// node scripts/copy-assets.mjs: copies what tsc leaves out, the Lua scripts, from apps/ and libs/ to dist/.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const DIST = path.join(ROOT, 'dist');

const sources = new Set(['apps', 'libs'].flatMap((folder) => luaFiles(ROOT, folder)));
for (const file of sources) {
  const target = path.join(DIST, file);
  mkdirSync(path.dirname(target), { recursive: true });
  copyFileSync(path.join(ROOT, file), target);
}
for (const file of ['apps', 'libs'].flatMap((folder) => luaFiles(DIST, folder))) {
  if (!sources.has(file)) rmSync(path.join(DIST, file));
}

/** Paths below `root`. */
function luaFiles(root, folder) {
  const place = path.join(root, folder);
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true })
    .filter((file) => file.endsWith('.lua'))
    .map((file) => path.join(folder, file));
}
