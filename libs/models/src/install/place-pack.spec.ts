import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readPack } from '../packs/read-pack.js';
import { frFeature } from '../published/default-packs.js';
import { placePack } from './place-pack.js';

/** A pack whose network is a few bytes of text. */
function packFiles(network: string, sha256 = createHash('sha256').update(network).digest('hex')) {
  const [artifact] = frFeature.manifest.artifacts;
  const manifest = { ...frFeature.manifest, name: 'mine', artifacts: [{ ...artifact, sha256 }] };
  return new Map([
    ['manifest.json', Buffer.from(JSON.stringify(manifest))],
    ['embed.onnx', Buffer.from(network)],
  ]);
}

describe('placePack', () => {
  let modelsDir: string;
  const keep = { force: false };
  const network = () => readFile(path.join(modelsDir, 'mine', 'embed.onnx'), 'utf8');

  beforeAll(async () => {
    modelsDir = await mkdtemp(path.join(os.tmpdir(), 'sightline-place-'));
  });
  beforeEach(async () => {
    await rm(path.join(modelsDir, 'mine'), { recursive: true, force: true });
    expect(await placePack(modelsDir, 'mine', packFiles('one'), keep)).toBe('installed');
  });
  afterAll(() => rm(modelsDir, { recursive: true }));

  it('does not replace the same pack', async () => {
    expect(await placePack(modelsDir, 'mine', packFiles('one'), keep)).toBe('already-there');
  });

  it('replaces another pack of that name only with force', async () => {
    await expect(placePack(modelsDir, 'mine', packFiles('two'), keep)).rejects.toMatchObject({
      code: 'MODEL_PACK_EXISTS',
    });
    expect(await network()).toBe('one');
    expect(await placePack(modelsDir, 'mine', packFiles('two'), { force: true })).toBe('replaced');
    expect(await network()).toBe('two');
  });

  it('replaces a damaged pack', async () => {
    await writeFile(path.join(modelsDir, 'mine', 'embed.onnx'), 'half of i');
    expect(await placePack(modelsDir, 'mine', packFiles('two'), keep)).toBe('replaced');
  });

  it('keeps the old pack, and leaves no other files, when files do not match the manifest', async () => {
    const wrong = packFiles('two', 'f'.repeat(64));
    await expect(placePack(modelsDir, 'mine', wrong, { force: true })).rejects.toMatchObject({
      code: 'MODEL_PACK_DAMAGED',
    });
    await expect(readPack(modelsDir, 'mine')).resolves.toBeDefined();
    expect(await readdir(modelsDir)).toEqual(['mine']);
  });

  it('checks the complete pack before it is moved into place', async () => {
    const seen: string[] = [];
    const check = async (folder: string, name: string) => {
      seen.push(await readFile(path.join(folder, name, 'embed.onnx'), 'utf8'));
      if (seen.length === 1) throw new Error('not good enough');
    };
    const place = () => placePack(modelsDir, 'mine', packFiles('two'), { force: true, check });
    await expect(place()).rejects.toThrow('not good enough');
    expect(await network()).toBe('one');
    expect(await place()).toBe('replaced');
    expect(seen).toEqual(['two', 'two']);
    expect(await readdir(modelsDir)).toEqual(['mine']);
  });

  it('installs the same pack from many callers at the same time', async () => {
    const networks = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 'two' : 'three'));
    const outcomes = await Promise.all(
      networks.map((text) => placePack(modelsDir, 'mine', packFiles(text), { force: true })),
    );
    expect(outcomes).toHaveLength(12);
    await expect(readPack(modelsDir, 'mine')).resolves.toBeDefined();
    expect(['two', 'three']).toContain(await network());
    expect(await readdir(modelsDir)).toEqual(['mine']);
  });

  it('does not replace a calibrated pack of the same network', async () => {
    const manifest = path.join(modelsDir, 'mine', 'manifest.json');
    const calibrated = { ...frFeature.manifest, name: 'mine', calibrations: [] };
    const { artifacts } = (await readPack(modelsDir, 'mine')).manifest;
    await writeFile(manifest, JSON.stringify({ ...calibrated, artifacts }));
    expect(await placePack(modelsDir, 'mine', packFiles('one'), keep)).toBe('already-there');
    expect((await readPack(modelsDir, 'mine')).manifest).toMatchObject({ calibrations: [] });
  });
});
