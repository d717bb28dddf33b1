import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { runCli } from '../support/run-cli.js';

const CLI = path.resolve(import.meta.dirname, '../../apps/cli/src/main.js');
const canMount = spawnSync('unshare', ['-Urm', 'true']).status === 0;

describe('sightline', () => {
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'sightline-cli-'));
  });

  afterAll(() => rm(dataDir, { recursive: true }));

  it('prints its version', async () => {
    const text = await readFile('package.json', 'utf8');
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(text));
    expect(await runCli(dataDir, '--version')).toEqual({ code: 0, output: `${version}\n` });
  });

  it.each([
    ['nonsense', '--help'],
    ['--help', 'nonsense'],
    ['people', 'nonsense', '--help'],
    ['models', 'nonsense'],
  ])('refuses %s %s', async (...args) => {
    const { code, output } = await runCli(dataDir, ...args);
    expect(output).toContain("error: unknown command 'nonsense'");
    expect(code).toBe(1);
  });

  it.each([['--help'], ['people', '--help'], ['help', 'people'], ['people', 'help', 'add']])(
    'explains %s %s',
    async (...args) => {
      const { code, output } = await runCli(dataDir, ...args);
      expect(output).toMatch(/^Usage: sightline/);
      expect(code).toBe(0);
    },
  );

  it('says that its output cannot be written', () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', '"$0" "$1" models list > /dev/full', process.execPath, CLI],
      {
        encoding: 'utf8',
      },
    );
    expect(stderr).toMatch(/^DISK_FULL: ENOSPC: .*\n$/);
    expect(status).toBe(1);
  });

  it.each(['/dev/null', '/dev/null/data', '/sys/kernel'])(
    'says that the data folder %s cannot be used',
    async (place) => {
      for (const args of [
        ['up'],
        ['demo', '--archive', dataDir],
        ['models', 'use', 'fr-feature'],
      ]) {
        const { code, output } = await runCli(place, ...args);
        expect(output).toMatch(/^DATA_DIR_UNUSABLE: .*\n$/);
        expect(code).toBe(1);
      }
    },
  );

  (canMount ? it : it.skip)('says at once that the disk is full', () => {
    const script = `mount -t tmpfs -o size=32k none "$0" && exec "$1" "$2" up`;
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['-Urm', 'sh', '-c', script, dataDir, process.execPath, CLI],
      { encoding: 'utf8', timeout: 20_000, env: { ...process.env, SIGHTLINE_DATA_DIR: dataDir } },
    );
    expect(stdout + stderr).toMatch(/^DISK_FULL: there is no room left .*\n$/);
    expect(status).toBe(1);
  });
});
