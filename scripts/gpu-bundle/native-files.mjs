import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { onPath, runQuietly, say, SetupError } from '../step.mjs';

/** Libraries that every Linux with glibc and libstdc++ has. */
const EVERYWHERE =
  /^(linux-vdso|ld-linux-x86-64|libc|libdl|libm|libpthread|librt|libatomic|libgcc_s|libstdc\+\+)\.so/;

/** Copies the running Node binary, without its symbols if `strip` is installed. */
export async function copyNode(target) {
  const { stdout } = spawnSync('ldd', [process.execPath], { encoding: 'utf8' });
  const needed = (stdout ?? '').split('\n').map((line) => path.basename(line.trim().split(' ')[0]));
  const missing = needed.filter((name) => name !== '' && !EVERYWHERE.test(name));
  if (missing.length > 0) {
    throw new SetupError(
      `${process.execPath} needs ${missing.join(', ')}, which other machines may not have.` +
        '\nRun the same command with a Node binary from https://nodejs.org.',
    );
  }
  copyFileSync(process.execPath, target);
  if (onPath('strip')) await runQuietly('strip', [target]);
  else say('strip is not installed (Debian: binutils): the Node binary keeps its symbols');
}

/** Copies the Vulkan loader of this machine, for machines that have a driver but no loader. */
export function copyVulkanLoader(folder) {
  const { stdout } = spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  const file = /libvulkan\.so\.1 \(libc6,x86-64[^)]*\) => (\S+)/.exec(stdout ?? '')?.[1];
  if (!file) {
    say(
      'libvulkan.so.1 is not installed (Debian: libvulkan1): the archive will not contain a Vulkan loader',
    );
    return;
  }
  mkdirSync(folder);
  copyFileSync(realpathSync(file), path.join(folder, 'libvulkan.so.1'));
  copyLicence(['/usr/share/doc/libvulkan1/copyright'], path.join(folder, 'LICENSE'));
}

/** Copies Node's licence from its tarball or from the package of the distribution. */
export function copyNodeLicence(target) {
  const beside = path.join(path.dirname(process.execPath), '..', 'LICENSE');
  copyLicence([beside, '/usr/share/doc/nodejs/LICENSE', '/usr/share/doc/nodejs/copyright'], target);
}

function copyLicence(places, target) {
  const file = places.find(existsSync);
  if (file) copyFileSync(file, target);
}
