import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, runQuietly, say, SetupError } from './step.mjs';

const OLDEST_NODE = [20, 20];

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new SetupError(
    `this project needs Node ${OLDEST_NODE.join('.')} or newer; this is Node ${process.versions.node}.\n` +
      'Install a newer version (https://nodejs.org) and run the same command again.',
  );
}

export async function installModules() {
  if (modulesMatchLock()) return;
  say('installing node modules (npm ci)');
  await runQuietly('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], {
    shell: process.platform === 'win32',
  });
}

/** Compares with npm's list of installed packages, which has no packages for other platforms. */
function modulesMatchLock() {
  const installed = readLock('node_modules/.package-lock.json');
  if (!installed) return false;
  return Object.entries(readLock('package-lock.json')).every(([folder, wanted]) => {
    const found = installed[folder];
    if (folder === '' || (!found && wanted.optional)) return true;
    return found?.version === wanted.version && found?.integrity === wanted.integrity;
  });
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
