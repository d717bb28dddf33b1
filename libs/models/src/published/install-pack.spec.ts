import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readPack } from '../packs/read-pack.js';
import { frFeature, rfb320With68Landmarks as definition } from './default-packs.js';
import { installPack } from './install-pack.js';
import { listPacks } from './list-packs.js';

describe('installPack', () => {
  let modelsDir: string;
  const file = (name: string) => path.join(modelsDir, 'rfb320-68', name);

  beforeAll(async () => {
    modelsDir = await mkdtemp(path.join(os.tmpdir(), 'sightline-models-'));
  });
  beforeEach(() => installPack(definition, modelsDir));
  afterAll(() => rm(modelsDir, { recursive: true }));

  it('installs a complete pack with its licence, and leaves no other files', async () => {
    const pack = await readPack(modelsDir, 'rfb320-68');
    expect(pack.manifest).toEqual(definition.manifest);
    expect(await readFile(file('LICENSE'), 'utf8')).toContain('MIT License');
    expect(await readdir(modelsDir)).toEqual(['rfb320-68']);
  });

  it('does not touch a pack that is installed and complete', async () => {
    const before = await stat(file('detect.onnx'));
    expect(await installPack(definition, modelsDir)).toBe('already-there');
    expect((await stat(file('detect.onnx'))).ino).toBe(before.ino);
  });

  it('reinstalls it with force', async () => {
    const before = await stat(file('detect.onnx'));
    expect(await installPack(definition, modelsDir, { force: true })).toBe('replaced');
    expect((await stat(file('detect.onnx'))).ino).not.toBe(before.ino);
  });

  it.each(['detect.onnx', 'landmarks.onnx', 'manifest.json'])(
    'repairs a damaged %s',
    async (name) => {
      await writeFile(file(name), 'not what was installed');
      await expect(readPack(modelsDir, 'rfb320-68')).rejects.toMatchObject({
        code: 'MODEL_PACK_DAMAGED',
      });
      expect(await installPack(definition, modelsDir)).toBe('replaced');
      await expect(readPack(modelsDir, 'rfb320-68')).resolves.toBeDefined();
    },
  );

  it('replaces a pack with another manifest of an earlier version', async () => {
    const manifest = { ...definition.manifest, description: 'an earlier one' };
    await writeFile(file('manifest.json'), JSON.stringify(manifest));
    expect(await installPack(definition, modelsDir)).toBe('replaced');
    expect((await readPack(modelsDir, 'rfb320-68')).manifest).toEqual(definition.manifest);
  });

  it('keeps the calibration of a pack, except with force', async () => {
    await installPack(frFeature, modelsDir);
    const calibrated = { ...frFeature.manifest, calibrations: [] };
    const manifest = path.join(modelsDir, 'fr-feature/manifest.json');
    await writeFile(manifest, JSON.stringify(calibrated));
    expect(await installPack(frFeature, modelsDir)).toBe('already-there');
    expect(JSON.parse(await readFile(manifest, 'utf8'))).toEqual(calibrated);
    expect(await installPack(frFeature, modelsDir, { force: true })).toBe('replaced');
    expect((await readPack(modelsDir, 'fr-feature')).manifest).toEqual(frFeature.manifest);
    await rm(path.join(modelsDir, 'fr-feature'), { recursive: true });
  });

  it('keeps the installed pack when the package cannot be downloaded', async () => {
    const tarball = { ...definition.tarball, version: '99.0.0' };
    await expect(
      installPack({ ...definition, tarball }, modelsDir, { force: true }),
    ).rejects.toMatchObject({ code: 'TARBALL_UNAVAILABLE' });
    await expect(readPack(modelsDir, 'rfb320-68')).resolves.toBeDefined();
    expect(await readdir(modelsDir)).toEqual(['rfb320-68']);
  });

  it('lists installed, damaged and missing packs with the command that fixes them', async () => {
    await rm(file('landmarks.onnx'));
    const packs = await listPacks(modelsDir);
    expect(packs.map(({ name, state }) => [name, state])).toEqual([
      ['fr-feature', 'not installed'],
      ['rfb320-68', 'damaged'],
    ]);
    expect(packs[0]?.problem).toContain('models pull fr-feature');
    expect(packs[1]?.problem).toContain('models pull rfb320-68 --force');
  });
});
