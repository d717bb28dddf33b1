// npm run bundle:gpu-bench [-- --out DIR --level 0…9 --as-built]: makes an archive that measures FaceNet on a
// machine with a GPU and without network access (docs/gpu-bench.md).
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { collectFiles } from './gpu-bundle/collect-files.mjs';
import { copyNode, copyNodeLicence, copyVulkanLoader } from './gpu-bundle/native-files.mjs';
import { megabytes, packArchive } from './gpu-bundle/pack-archive.mjs';
import { setUpBuild } from './setup.mjs';
import { main, ROOT, say, SetupError } from './step.mjs';
import { ensureProgram } from './system-package.mjs';

const NAME = 'sightline-gpu-bench';
const ENTRIES = ['main', 'measure'].map((name) => `dist/bench/gpu-bundle/${name}.js`);

await main(async () => {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'dist' },
      level: { type: 'string', default: '6' },
      // Uses dist/ without compiling, for tests that run from it.
      'as-built': { type: 'boolean', default: false },
    },
  });
  if (!/^\d$/.test(values.level)) throw new SetupError('--level must be a digit from 0 to 9');
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(
      'this command works on Linux x64 only: the archive contains the binaries of this machine',
    );
  }
  if (!values['as-built']) await setUpBuild();
  await ensureProgram(['xz'], 'xz-utils', 'compresses the archive');
  const staging = mkdtempSync(path.join(tmpdir(), `${NAME}-`));
  try {
    await stage(path.join(staging, NAME));
    const target = path.join(path.resolve(values.out), `${NAME}-linux-x64.tar.xz`);
    mkdirSync(path.dirname(target), { recursive: true });
    say('compressing');
    const size = await packArchive(staging, NAME, target, values.level);
    process.stdout.write(`${target}: ${megabytes(size)} MB\n`);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
});

/** Fills the folder of the archive. */
async function stage(folder) {
  for (const file of await collectFiles(ENTRIES)) {
    const target = path.join(folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    copyFileSync(path.join(ROOT, file), target);
  }
  const { version, type, imports } = JSON.parse(readFileSync(path.join(ROOT, 'package.json')));
  const manifest = { name: NAME, private: true, version, type, imports };
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(path.join(ROOT, 'scripts/gpu-bundle/run.sh'), path.join(folder, 'run'));
  copyFileSync(path.join(ROOT, 'docs/gpu-bench.md'), path.join(folder, 'README.md'));
  await copyNode(path.join(folder, 'node'));
  copyNodeLicence(path.join(folder, 'LICENSE.node'));
  copyVulkanLoader(path.join(folder, 'vulkan'));
}
