import { spawnSync } from 'node:child_process';
import { onPath, runQuietly, say, SetupError } from './step.mjs';

const INSTALL = ['install', '--yes', '--no-install-recommends'];

/**
 * Makes sure one of `programs` is on the PATH, from the distribution's package when none is.
 * @param programs names it may go by, the usual one first
 * @param what it is needed for, in words
 */
export async function ensureProgram(programs, packageName, what) {
  if (programs.some(onPath)) return;
  const byHand = `sudo apt-get install ${packageName}`;
  const prefix = rootPrefix();
  if (!onPath('apt-get') || !prefix) {
    throw new SetupError(
      `${programs[0]} is needed (${what}) and is not on the PATH, and it cannot be installed from here` +
        ` without asking for a password.\nInstall it and run the same command again: ${byHand}`,
    );
  }
  say(`installing ${packageName} from the distribution (${what})`);
  await apt(prefix, INSTALL, packageName).catch(async () => {
    await apt(prefix, ['update']);
    await apt(prefix, INSTALL, packageName);
  });
  if (!programs.some(onPath)) {
    throw new SetupError(`${packageName} is installed, yet there is no ${programs.join(' or ')}`);
  }
}

/** @throws SetupError where it cannot be done without a password */
export async function updatePackageLists() {
  const prefix = rootPrefix();
  if (!prefix) throw new SetupError('the lists of packages cannot be fetched without a password');
  await apt(prefix, ['update']);
}

/** What to put before a command that needs root; undefined when there is no way without a password. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  const sudo = onPath('sudo');
  if (sudo && spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' }).status === 0) {
    return ['sudo', '-n'];
  }
  return undefined;
}

async function apt(prefix, ...args) {
  const command = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args.flat()];
  await runQuietly(command[0], command.slice(1));
}
