import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, runQuietly, say } from './step.mjs';

const SOURCES = ['apps', 'libs', 'test', 'bench', 'package-lock.json', 'tsconfig.json'];
const STAMP = path.join(ROOT, 'dist', '.built');

/** Compiles if a source file has changed since the last successful build. */
export async function build() {
  const sources = SOURCES.flatMap((name) => filesUnder(path.join(ROOT, name)));
  removeStaleOutput(sources);
  const built = existsSync(STAMP) ? statSync(STAMP).mtimeMs : 0;
  // ctime, because copying or unpacking a file may keep its old mtime.
  if (sources.every((file) => statSync(file).ctimeMs < built)) return;
  say('compiling');
  const begin = new Date();
  await runQuietly(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']);
  await runQuietly(process.execPath, ['scripts/copy-assets.mjs']);
  writeFileSync(STAMP, `${begin.toISOString()}\n`);
}

/** Deletes the output of deleted sources. tsc keeps it, and Jest would run it. */
function removeStaleOutput(sources) {
  const compiled = new Set(
    sources.map((file) => path.relative(ROOT, file).replace(/\.ts$/, '.js')),
  );
  const dist = path.join(ROOT, 'dist');
  for (const file of filesUnder(dist)) {
    if (!/\.js(\.map)?$/.test(file)) continue;
    if (!compiled.has(path.relative(dist, file).replace(/\.map$/, ''))) rmSync(file);
  }
}

function filesUnder(place) {
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
