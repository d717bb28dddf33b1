import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const MAIN = path.resolve(import.meta.dirname, '../../apps/cli/src/main.js');

describe('sightline models', () => {
  let modelsDir: string;

  beforeAll(async () => {
    modelsDir = await mkdtemp(path.join(os.tmpdir(), 'sightline-models-'));
  });
  afterAll(() => rm(modelsDir, { recursive: true }));

  function sightline(...args: string[]) {
    const env = { ...process.env, MODELS_DIR: modelsDir };
    return spawnSync(process.execPath, [MAIN, 'models', ...args], { env, encoding: 'utf8' });
  }

  it('fails verification before anything is installed, naming the command to run', () => {
    const { status, stdout } = sightline('verify');
    expect(status).toBe(1);
    expect(stdout).toContain('npm run sightline -- models pull rfb320-68');
  });

  it('pulls both default packs, then finds them there and whole', () => {
    expect(sightline('pull')).toMatchObject({ status: 0 });
    const again = sightline('pull');
    expect(again.stdout).toContain('rfb320-68: is there and whole');
    expect(again.stdout).toContain('fr-feature: is there and whole');
    expect(sightline('verify')).toMatchObject({ status: 0 });
  });

  it('finds a damaged file and pulls the pack afresh', async () => {
    await writeFile(path.join(modelsDir, 'fr-feature/embed.onnx'), 'damaged');
    expect(sightline('verify', 'fr-feature').stdout).toContain(
      'embed.onnx is not what was installed',
    );
    expect(sightline('verify', 'rfb320-68')).toMatchObject({ status: 0 });
    expect(sightline('pull').stdout).toContain('fr-feature: installed again');
    expect(sightline('verify')).toMatchObject({ status: 0 });
  });

  it('refuses a pack it does not know, naming those it does', () => {
    const { status, stderr } = sightline('pull', 'no-such-pack');
    expect(status).toBe(1);
    expect(stderr).toContain('rfb320-68, fr-feature');
  });
});
