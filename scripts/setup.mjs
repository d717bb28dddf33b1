import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { checkNode, installModules } from './node-modules.mjs';
import { ROOT, runHere, say, SetupError } from './step.mjs';
import { ensureProgram } from './system-package.mjs';

export const CLI = 'dist/apps/cli/src/main.js';

/** Prepares what every command needs: the right Node version, node_modules, a current build. */
export async function setUpBuild() {
  checkNode();
  await installModules();
  await build();
}

export async function setUpRedis() {
  await ensureProgram(['redis-server'], 'redis-server', 'stores the queues');
}

export async function setUpBrowser() {
  if (existsSync(process.env.SIGHTLINE_TEST_CHROMIUM ?? '')) return;
  await ensureProgram(
    ['chromium', 'chromium-browser', 'google-chrome'],
    'chromium',
    'the tests open the report in it',
  );
}

/**
 * Installs kubectl, and returns whether it can build the manifests. The version in Debian 12 is too old; the tests
 * that need it are skipped there.
 */
export async function setUpKubectl() {
  await ensureProgram(['kubectl'], 'kubernetes-client', 'builds the manifests of k8s/');
  const { stdout } = spawnSync('kubectl', ['version', '--client', '--output=json'], {
    encoding: 'utf8',
  });
  if ((stdout ?? '').includes('kustomizeVersion')) return true;
  say('this kubectl is older than 1.24, so the tests of k8s/ are skipped');
  return false;
}

/** Downloads the default model packs that are missing or damaged. */
export async function setUpModels() {
  const code = await runHere(process.execPath, [path.join(ROOT, CLI), 'models', 'pull'], {
    stdio: ['ignore', process.stderr, 'inherit'],
  });
  if (code !== 0)
    throw new SetupError('the model packs could not be installed; see the messages above');
}
