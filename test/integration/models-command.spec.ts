import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { placeTinyPack } from '../support/engine-packs.js';

const MAIN = path.resolve(import.meta.dirname, '../../apps/cli/src/main.js');

describe('sightline models', () => {
  let folder: string;
  let modelsDir: string;
  let dataDir: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-models-'));
    modelsDir = path.join(folder, 'models');
    dataDir = path.join(folder, 'data');
  });
  afterAll(() => rm(folder, { recursive: true }));

  function sightline(...args: string[]) {
    return sightlineWith({}, ...args);
  }

  function sightlineWith(settings: Readonly<Record<string, string>>, ...args: string[]) {
    const folders = { MODELS_DIR: modelsDir, SIGHTLINE_DATA_DIR: dataDir };
    const env = { ...process.env, ...folders, ...settings };
    return spawnSync(process.execPath, [MAIN, 'models', ...args], { env, encoding: 'utf8' });
  }

  it('fails to verify packs that are not installed, and names the command that installs them', () => {
    const { status, stdout } = sightline('verify');
    expect(status).toBe(1);
    expect(stdout).toContain('npm run sightline -- models pull rfb320-68');
  });

  it('installs both default packs, and verifies them', () => {
    expect(sightline('pull')).toMatchObject({ status: 0 });
    const again = sightline('pull');
    expect(again.stdout).toContain('rfb320-68: already installed');
    expect(again.stdout).toContain('fr-feature: already installed');
    expect(sightline('verify')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('fr-feature: files intact, known answers correct'),
    });
  });

  it('finds a damaged file, and installs the pack again', async () => {
    await writeFile(path.join(modelsDir, 'fr-feature/embed.onnx'), 'damaged');
    expect(sightline('verify', 'fr-feature').stdout).toContain(
      'embed.onnx has another sha256 than the manifest states',
    );
    expect(sightline('verify', 'rfb320-68')).toMatchObject({ status: 0 });
    expect(sightline('pull').stdout).toContain('fr-feature: installed again');
    expect(sightline('verify')).toMatchObject({ status: 0 });
  });

  it('runs the networks, and finds an undamaged file that gives wrong results', async () => {
    const file = path.join(modelsDir, 'fr-feature/manifest.json');
    const text = await readFile(file, 'utf8');
    const manifest = JSON.parse(text) as { knownAnswers: [{ output: string }] };
    const reversed = Buffer.from(manifest.knownAnswers[0].output, 'base64').swap32();
    manifest.knownAnswers[0].output = reversed.toString('base64');
    await writeFile(file, JSON.stringify(manifest));
    expect(sightline('verify', 'fr-feature')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('gives a wrong answer for embed on this machine'),
    });
    await writeFile(file, text);
  });

  it('runs the networks on all installed engines', async () => {
    await placeTinyPack(modelsDir);
    expect(sightline('verify', 'tiny').stdout).toContain(
      'on ONNX Runtime; TensorFlow is not installed',
    );
    const tensorflow = { TENSORFLOW_BACKEND: 'wasm' };
    const both = sightlineWith(tensorflow, 'verify', 'tiny');
    expect(both).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('correct on ONNX Runtime and on TensorFlow'),
    });
    const folder = path.join(modelsDir, 'tiny');
    const weights = await readFile(path.join(folder, 'embed.bin'));
    const other = Buffer.from(weights.map((byte, index) => (index % 4 === 3 ? byte ^ 0x80 : byte)));
    await writeFile(path.join(folder, 'embed.bin'), other);
    const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    const manifest = path.join(folder, 'manifest.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace(sha(weights), sha(other)));
    expect(sightlineWith(tensorflow, 'verify', 'tiny')).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/gives (no|a wrong) answer for embed/),
    });
    await rm(folder, { recursive: true });
  });

  it('refuses an unknown pack, and lists the known packs', () => {
    const { status, stderr } = sightline('pull', 'no-such-pack');
    expect(status).toBe(1);
    expect(stderr).toContain('rfb320-68, fr-feature, facenet512, facenet128');
  });

  it('lists the packs, their engines, and those in use', () => {
    const { stdout } = sightline('list');
    expect(stdout).toMatch(
      /fr-feature {2}installed, in use\n[^]*space fr-feature@1\+arcface-112, embeddings of 512/,
    );
    expect(stdout).toMatch(/runs on ONNX Runtime \(onnx, float32\)/);
    expect(stdout).toMatch(/calibrated with rfb320-68, cosine, at false accept rates 0.01, 0.001/);
    expect(stdout).toMatch(/facenet512 {2}not installed\n[^]*models pull facenet512/);
    const other = sightlineWith({ DETECTION_PACK: 'another' }, 'list').stdout;
    expect(other).toContain('not calibrated with another, so it names nobody yet');
    expect(other).toMatch(/rfb320-68 {2}installed\n/);
  });

  describe('use', () => {
    it('chooses undamaged packs for the services of the data folder', async () => {
      const { status, stdout } = sightline('use', 'fr-feature', '--detection', 'rfb320-68');
      expect({ status, stdout }).toEqual({
        status: 0,
        stdout: expect.stringMatching(
          /up and demo will use fr-feature with rfb320-68[^]*--rebuild/,
        ),
      });
      expect(JSON.parse(await readFile(path.join(dataDir, 'models.json'), 'utf8'))).toEqual({
        MODEL_PACK: 'fr-feature',
        DETECTION_PACK: 'rfb320-68',
      });
    });

    it.each([
      [['absent'], 'MODEL_PACK_MISSING'],
      [['rfb320-68'], 'MODEL_PACK_WRONG_TASK'],
      [['fr-feature', '--detection', 'fr-feature'], 'MODEL_PACK_WRONG_TASK'],
    ])('does not choose %j', async (args, code) => {
      const before = await readFile(path.join(dataDir, 'models.json'), 'utf8');
      expect(sightline('use', ...args)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining(code),
      });
      expect(await readFile(path.join(dataDir, 'models.json'), 'utf8')).toBe(before);
    });

    it('reports that the environment overrides the choice', () => {
      const { stdout } = sightlineWith({ MODEL_PACK: 'other' }, 'use', 'fr-feature');
      expect(stdout).toContain('but MODEL_PACK=other in the environment overrides it');
      const rebuild = sightlineWith({ MODEL_PACK: 'other' }, 'use', 'fr-feature', '--rebuild');
      expect(rebuild).toMatchObject({ status: 1, stderr: expect.stringMatching(/^USAGE: /) });
    });
  });

  it('leaves only packs in the models folder', async () => {
    expect((await readdir(modelsDir)).sort()).toEqual(['fr-feature', 'rfb320-68']);
  });
});
