import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { onPath, ROOT, runQuietly, say } from './step.mjs';
import { updatePackageLists } from './system-package.mjs';

const CACHE = path.join(ROOT, 'node_modules', '.cache');
const UNPACKED = path.join(CACHE, 'promtool');

/**
 * Prometheus' own tester of alerts: this machine's, or the one in the distribution's package. That is only
 * unpacked: installed, it would start a server.
 * @returns its path; undefined where there is none to be had
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
    say(`no promtool, so the alerts are not tried on series (${reason})`);
    return undefined;
  }
}

async function unpack() {
  say('fetching promtool from the distribution (tests the alerts)');
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
