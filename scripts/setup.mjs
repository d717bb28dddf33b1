import { existsSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { checkNode, installModules } from './node-modules.mjs';
import { ROOT, runHere, SetupError } from './step.mjs';
import { ensureProgram } from './system-package.mjs';

export const CLI = 'dist/apps/cli/src/main.js';

/** What every command needs: Node, node_modules, a build that is not stale. */
export async function setUpBuild() {
  checkNode();
  await installModules();
  await build();
}

export async function setUpRedis() {
  await ensureProgram(['redis-server'], 'redis-server', 'holds the queues');
}

export async function setUpBrowser() {
  if (existsSync(process.env.SIGHTLINE_TEST_CHROMIUM ?? '')) return;
  await ensureProgram(
    ['chromium', 'chromium-browser', 'google-chrome'],
    'chromium',
    'the tests open the report in it',
  );
}

/** Fetches the default model packs; those that are there and whole stay. */
export async function setUpModels() {
  const code = await runHere(process.execPath, [path.join(ROOT, CLI), 'models', 'pull'], {
    stdio: ['ignore', process.stderr, 'inherit'],
  });
  if (code !== 0) throw new SetupError('the model packs are not there; see above');
}
