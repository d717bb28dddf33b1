import { cruise } from 'dependency-cruiser';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ROOT, SetupError } from '../step.mjs';

/** Native parts, which no import names. Where CUDA is installed its 300 MB lie beside them. */
const RUNTIME = ['libonnxruntime.so.1', 'onnxruntime_binding.node'].map(
  (name) => `node_modules/onnxruntime-node/bin/napi-v6/linux/x64/${name}`,
);

/**
 * Every file that running `entries` reads: their imports, and what goes with a package.
 * @param entries paths of compiled files, from the project's root
 * @returns paths from the project's root
 */
export async function collectFiles(entries) {
  // A package may be entered by `import` in one place and by `require` in another.
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
  // onnxruntime-node names its binding by a template; `collectFiles` knows it.
  const unknown = lost.filter(({ source }) => !source.endsWith('onnxruntime_binding.node'));
  if (unknown.length > 0) {
    throw new SetupError(`not found: ${unknown.map(({ source }) => source).join(', ')}`);
  }
  return output.modules
    .map(({ source }) => source)
    .filter((source) => existsSync(path.join(ROOT, source)));
}

/** Folders from a file's own up to its package's, where a package.json may say what kind of module it is. */
function packageFolders(file) {
  const parts = file.split('/');
  if (parts[0] !== 'node_modules') return [];
  const first = parts[1].startsWith('@') ? 3 : 2;
  return parts.slice(first).map((_, i) => parts.slice(0, first + i).join('/'));
}
