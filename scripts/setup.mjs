import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { checkNode, installModules } from './node-modules.mjs';
import { ROOT, runHere, say, SetupError } from './step.mjs';
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

/**
 * Whether there is a kubectl that builds the manifests. Debian 12's is older than the kustomize they are
 * written for; what needs it is left out there.
 */
export async function setUpKubectl() {
  await ensureProgram(['kubectl'], 'kubernetes-client', 'builds the manifests of k8s/');
  const { stdout } = spawnSync('kubectl', ['version', '--client', '--output=json'], {
    encoding: 'utf8',
  });
  if ((stdout ?? '').includes('kustomizeVersion')) return true;
  say('this kubectl is older than 1.24: the manifests of k8s/ are not checked');
  return false;
}

/** Fetches the default model packs; those that are there and whole stay. */
export async function setUpModels() {
  const code = await runHere(process.execPath, [path.join(ROOT, CLI), 'models', 'pull'], {
    stdio: ['ignore', process.stderr, 'inherit'],
  });
  if (code !== 0) throw new SetupError('the model packs are not there; see above');
}
