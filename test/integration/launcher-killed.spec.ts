import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCli } from '../support/run-cli.js';
import { waitUntil } from '../support/wait-until.js';

/** The launcher and everything that it started: their environment names the folder, or they work in it. */
function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const isInside = readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
        return isInside || readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder);
      } catch {
        return false;
      }
    });
}

describe('a launcher that is killed', () => {
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'sightline-killed-'));
  });

  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it.each([
    ['as soon as it starts redis-server', 1, 0],
    ['while it starts redis-server', 1, 40],
    ['as soon as it starts the services', 3, 0],
    ['while the services load', 5, 700],
  ])(
    'leaves no process running: %s',
    async (_, processes, delayMs) => {
      const up = startCli(dataDir, ['up']);
      await waitUntil(
        'the processes to be started',
        () => processesOf(dataDir).length >= Math.min(processes + 1, 5),
        60_000,
        5,
      );
      await sleep(delayMs);
      up.process.kill('SIGKILL');
      await waitUntil('all processes to end', () => processesOf(dataDir).length === 0, 20_000, 100);
    },
    90_000,
  );

  it('leaves no process running: while they work', async () => {
    const up = startCli(dataDir, ['up']);
    await waitUntil('the services to be ready', () => up.output().includes('ready;'), 60_000);
    expect(processesOf(dataDir).length).toBeGreaterThanOrEqual(5);
    up.process.kill('SIGKILL');
    await waitUntil('all processes to end', () => processesOf(dataDir).length === 0, 20_000, 100);
    expect(readFileSync(path.join(dataDir, 'logs', 'ingest.log'), 'utf8')).not.toContain('fatal');
  }, 90_000);
});
