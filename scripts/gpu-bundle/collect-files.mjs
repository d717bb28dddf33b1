import { cruise } from 'dependency-cruiser';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ROOT, SetupError } from '../step.mjs';

/** Native libraries, which no import names. The CUDA libraries in the same folder (300 MB) are left out. */
const RUNTIME = ['libonnxruntime.so.1', 'onnxruntime_binding.node'].map(
  (name) => `node_modules/onnxruntime-node/bin/napi-v6/linux/x64/${name}`,
);

/**
 * All files that `entries` need: their imports, and the package.json and licence of each package.
 * @param entries paths of compiled files, from the project's root
 * @returns paths from the project's root
 */
export async function collectFiles(entries) {
  // A package may be loaded by `import` in one place and by `require` in another.
  const modules = [...(await imports(entries, 'import')), ...(await imports(entries, 'require'))];
  const files = new Set([...modules, ...RUNTIME]);
  for (const file of [...files]) {
    for (const folder of packageFolders(file)) {
      for (const name of readdirSync(path.join(ROOT, folder))) {
        if (/^(package\.json|licen[cs]e.*)$/i.test(name)) files.add(`${folder}/${name}`);
      }
    }
  }
  return [...files].sort();
}

async function imports(entries, condition) {
  const { output } = await cruise(
    entries,
    { baseDir: ROOT, preserveSymlinks: true },
    { exportsFields: ['exports'], conditionNames: [condition, 'node', 'default'] },
  );
  const lost = output.modules.filter(({ couldNotResolve }) => couldNotResolve);
  // onnxruntime-node builds the name of its binding at run time; RUNTIME has it.
  const unknown = lost.filter(({ source }) => !source.endsWith('onnxruntime_binding.node'));
  if (unknown.length > 0) {
    throw new SetupError(`not found: ${unknown.map(({ source }) => source).join(', ')}`);
  }
  return output.modules
    .map(({ source }) => source)
    .filter((source) => existsSync(path.join(ROOT, source)));
}

/** Folders from a file up to its package, which may have a package.json with the module type. */
function packageFolders(file) {
  const parts = file.split('/');
  if (parts[0] !== 'node_modules') return [];
  const first = parts[1].startsWith('@') ? 3 : 2;
  return parts.slice(first).map((_, i) => parts.slice(0, first + i).join('/'));
}
