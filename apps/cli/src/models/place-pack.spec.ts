import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readPack } from '#shared/models/read-pack.js';
import { frFeature } from './packs/fr-feature.js';
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

  it('leaves the same pack alone', async () => {
    expect(await placePack(modelsDir, 'mine', packFiles('one'), keep)).toBe('already-there');
  });

  it('replaces another pack of the name only when told to', async () => {
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

  it('leaves what was there, and nothing else, when the files are not what the manifest says', async () => {
    const wrong = packFiles('two', 'f'.repeat(64));
    await expect(placePack(modelsDir, 'mine', wrong, { force: true })).rejects.toMatchObject({
      code: 'MODEL_PACK_DAMAGED',
    });
    await expect(readPack(modelsDir, 'mine')).resolves.toBeDefined();
    expect(await readdir(modelsDir)).toEqual(['mine']);
  });
});
