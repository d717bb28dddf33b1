import { spawnSync } from 'node:child_process';
import { onPath, runQuietly, say, SetupError } from './step.mjs';

const INSTALL = ['install', '--yes', '--no-install-recommends'];

/**
 * Makes sure that one of `programs` is on the PATH. If none is, installs the distribution's package.
 * @param programs possible names of the program, the most common one first
 * @param what purpose of the program, for messages
 */
export async function ensureProgram(programs, packageName, what) {
  if (programs.some(onPath)) return;
  const byHand = `sudo apt-get install ${packageName}`;
  const prefix = rootPrefix();
  if (!onPath('apt-get') || !prefix) {
    throw new SetupError(
      `${programs[0]} is not installed (${what}), and installing it needs a password.` +
        `\nInstall it and run the same command again: ${byHand}`,
    );
  }
  say(`installing ${packageName} from the distribution (${what})`);
  await apt(prefix, INSTALL, packageName).catch(async () => {
    await apt(prefix, ['update']);
    await apt(prefix, INSTALL, packageName);
  });
  if (!programs.some(onPath)) {
    throw new SetupError(
      `${packageName} is installed, but ${programs.join(' or ')} is not on the PATH`,
    );
  }
}

/** @throws SetupError if this needs a password */
export async function updatePackageLists() {
  const prefix = rootPrefix();
  if (!prefix) throw new SetupError('updating the package lists needs a password');
  await apt(prefix, ['update']);
}

/** The prefix for a command that needs root; undefined if a password would be needed. */
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
