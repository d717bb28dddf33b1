import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { onPath, ROOT, runQuietly, say } from './step.mjs';
import { updatePackageLists } from './system-package.mjs';

const CACHE = path.join(ROOT, 'node_modules', '.cache');
const UNPACKED = path.join(CACHE, 'promtool');

/**
 * Finds promtool, which tests the alerts: on this machine, or in the distribution's Prometheus package. The package
 * is only unpacked, because installing it would start a server.
 * @returns its path; undefined if it is not available
 */
export async function findPromtool() {
  const given = process.env.SIGHTLINE_TEST_PROMTOOL;
  const found = [given, onPath('promtool'), UNPACKED].find((file) => existsSync(file ?? ''));
  if (found !== undefined) return found;
  try {
    await unpack();
    return UNPACKED;
  } catch (error) {
    const reason = error.message.split('\n').at(-1);
    say(`promtool is not available, so the tests of the alerts are skipped (${reason})`);
    return undefined;
  }
}

async function unpack() {
  say('downloading promtool from the distribution (it tests the alerts)');
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(`${UNPACKED}-`);
  const download = () => runQuietly('apt-get', ['download', 'prometheus'], { cwd: folder });
  try {
    await download().catch(async () => {
      await updatePackageLists();
      await download();
    });
    const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
    await runQuietly('dpkg-deb', ['--extract', archive, '.'], { cwd: folder });
    renameSync(path.join(folder, 'usr/bin/promtool'), UNPACKED);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
