import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RunningFile } from '../../apps/cli/src/launcher/running-file.js';
import { runCli, startCli, type CliRun } from '../support/run-cli.js';
import { waitUntil } from '../support/wait-until.js';

describe('two installations that start at the same moment on one address', () => {
  // An address of its own, so that no other test takes the usual ports.
  const settings = { HOST: '127.0.0.5' };
  let folder: string;
  let dataDirs: readonly string[];
  let ups: readonly CliRun[];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-two-'));
    dataDirs = ['one', 'two'].map((name) => path.join(folder, name));
    ups = dataDirs.map((dataDir) => startCli(dataDir, ['up'], settings));
    await Promise.all(
      ups.map((up) =>
        waitUntil(
          'the services to be ready',
          () => {
            if (up.process.exitCode !== null) throw new Error(up.output());
            return up.output().includes('ready;');
          },
          120_000,
        ),
      ),
    );
  }, 130_000);

  afterAll(async () => {
    for (const up of ups) up.process.kill('SIGTERM');
    for (const up of ups) await up.ended;
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it('use services, ports and a Redis of their own', async () => {
    const running = await Promise.all(
      dataDirs.map((dataDir) => RunningFile.at(dataDir).readLive()),
    );
    const urls = running.flatMap((one) => Object.values(one!.urls!));
    expect(new Set(urls).size).toBe(6);
    expect(new Set(running.map((one) => one!.instance)).size).toBe(2);
    const pids = running.flatMap((one) => one!.children.map(({ pid }) => pid));
    expect(new Set(pids).size).toBe(8);
    for (const one of running) {
      for (const url of Object.values(one!.urls!)) {
        const live = await fetch(`${url}/health/live`);
        expect(await live.json()).toMatchObject({ instance: one!.instance });
      }
    }
  });

  it('each write into the gallery of their own data folder', async () => {
    const [one, two] = dataDirs;
    expect(await runCli(one!, 'people', 'add', 'Ann')).toMatchObject({ code: 0 });
    expect(await runCli(two!, 'people', 'add', 'Bob')).toMatchObject({ code: 0 });
    expect((await runCli(one!, 'people', 'list')).output).toMatch(/Ann\n$/);
    expect((await runCli(one!, 'people', 'list')).output).not.toContain('Bob');
    expect((await runCli(two!, 'people', 'list')).output).not.toContain('Ann');
  }, 90_000);

  it('refuse a request that means the other one', async () => {
    const [one, two] = await Promise.all(
      dataDirs.map((dataDir) => RunningFile.at(dataDir).readLive()),
    );
    for (const path of ['/v1/people', '/health/ready']) {
      const response = await fetch(`${one!.urls!.matcher}${path}`, {
        headers: { 'x-sightline-instance': two!.instance },
      });
      expect(response.status).toBe(421);
      expect(await response.json()).toMatchObject({ error: { code: 'WRONG_INSTANCE' } });
    }
  });
});
